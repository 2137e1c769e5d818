// The collection of a library.
#pragma once

#include "search/library/library.h"
#include "search/milvus/collection.h"

namespace cnclip::search {

// Of a library that has a server of vectors. `create`: makes the collection where it is not there.
MilvusCollection open_collection(const Library& library, bool create);

// Throws bad_input where there is a collection at that address, and what MilvusServer throws.
void check_no_collection(const std::string& address);

}  // namespace cnclip::search
