// The nearest vectors of a snapshot by inner product.
#pragma once

#include "search/nearest/row_set.h"
#include "search/nearest/snapshot.h"

namespace cnclip::search {

struct Neighbor {
  std::int64_t row = 0;
  float product = 0;  // see exact_product
};

struct NearestSettings {
  std::int64_t k = 10;
  const RowSet* allowed = nullptr;  // only these rows; null: all
  bool exact = false;               // leave the partition alone
  int threads = 0;                  // 0: all cores
};

struct Nearest {
  std::vector<Neighbor> neighbors;  // best first, of equal ones the lower row first; fewer than k only where all are
  bool exact = true;                // every vector allowed was looked at
};

// `queries`: unit vectors of the snapshot's width, one after another. Without a partition the answer is exact: codes
// are looked at first, then the vectors of all rows that may be among the best. With one it is exact for the lists
// looked into; a search that a filter makes rare, or for more than 100, looks into all.
std::vector<Nearest> nearest(const Snapshot& snapshot, std::span<const float> queries, const NearestSettings& settings);

}  // namespace cnclip::search
