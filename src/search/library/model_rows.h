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
std::int64_t add_model(Database& database, const ModelStamp& model);  // and its table of vectors

}  // namespace cnclip::search
