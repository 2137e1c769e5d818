// The collection of a library.
#pragma once

#include "search/library/library.h"
#include "search/milvus/collection.h"

namespace cnclip::search {

// Of a library that has a server of vectors. `create`: makes the collection where it is not there.
MilvusCollection open_collection(const Library& library, VectorSet set, bool create);

// What the collection of the vectors that answer is of; as long as it is the same, so are the vectors' kind and rows.
std::string collection_mark(const Library& library);

// Nothing happens where it is gone, or where something else has its name by now.
void drop_collection(const LeftCollection& left);

// Throws bad_input where there is a collection at that address, and what MilvusServer throws.
void check_no_collection(const std::string& address);

}  // namespace cnclip::search
