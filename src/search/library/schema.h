// The tables of library.sqlite.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

namespace cnclip::search {

inline constexpr const char* kLibraryFile = "library.sqlite";
inline constexpr std::int64_t kLibraryApplication = 0x434e434c;  // "CNCL"
inline constexpr std::int64_t kLibraryVersion = 3;               // another one whenever a table or an index changes

// Vectors of one model stand in a table of their own, so that a migration fills one while the other answers.
std::string vectors_table(std::int64_t model);
std::string vectors_sql(std::int64_t model);

// Name to SQL of every table and index, with the vectors of these models.
std::map<std::string, std::string> library_objects(const std::vector<std::int64_t>& models);

}  // namespace cnclip::search
