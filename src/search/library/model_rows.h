// Rows of `state` and `models`, and what follows from them: is this file a library?
#pragma once

#include "search/library/database.h"
#include "search/library/picture.h"

namespace cnclip::search {

// Throws bad_input where the file is not a library of this version, whole.
void check_library(Database& database);

std::int64_t current_model(Database& database);
std::int64_t following_model(Database& database);  // 0: none
ModelStamp read_model(Database& database, std::int64_t id);
std::int64_t model_of(Database& database, VectorSet set);
// And its table of vectors. `collection`: its address, where a server keeps them; else empty.
std::int64_t add_model(Database& database, const ModelStamp& model, const std::string& collection);
// Nothing where the library keeps its vectors.
std::optional<VectorServer> read_server(Database& database, std::int64_t model);

}  // namespace cnclip::search
