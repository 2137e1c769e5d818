// What is in an index, as JSON.
#pragma once

#include <string>
#include <vector>

#include "search/library/library.h"
#include "serve/index_updates.h"

namespace cnclip::serve {

std::string index_json(const search::Library& library, const std::vector<std::string>& folders,
                       const UpdateState& update);

}  // namespace cnclip::serve
