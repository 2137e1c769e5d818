// Where the pictures of a library lie.
#pragma once

#include "search/library/library.h"

namespace cnclip::search {

// Absolute paths of folders that hold pictures, sorted, the first `most` of them. Containers are none. Reads the paths
// of the whole library: a third of a second a million.
std::vector<std::string> folders_of(const Library& library, std::size_t most);

}  // namespace cnclip::search
