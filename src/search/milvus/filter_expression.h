// A filter in the words of Milvus.
#pragma once

#include <string>
#include <vector>

#include "search/library/picture.h"

namespace cnclip::search {

// A condition on the fields of entities (see entity.h) that holds for the pictures that Library::rows(filter) gives;
// empty for an empty filter.
std::string filter_expression(const Filter& filter, const std::vector<LibrarySource>& sources);

}  // namespace cnclip::search
