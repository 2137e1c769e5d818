// Pictures that are there more than once.
#pragma once

#include "search/library/library.h"

namespace cnclip::search {

struct DuplicateGroup {
  bool exact = false;  // the same bytes; else they look alike (or their copies do)
  std::vector<Row> rows;
};

// Groups of two and more rows, each row in one group at most of either kind; by their first row. `distance`: bits of 64
// that perceptual hashes of pictures that look alike may differ in, 0 to 8. Pictures of one colour look like nothing.
std::vector<DuplicateGroup> find_duplicates(const Library& library, int distance);

}  // namespace cnclip::search
