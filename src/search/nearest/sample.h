// Some vectors of a snapshot.
#pragma once

#include <vector>

#include "search/nearest/snapshot.h"

namespace cnclip::search {

struct VectorSample {
  std::vector<std::int64_t> rows;
  std::vector<float> vectors;  // one after another
};

// `count` of them drawn at random, or all there are: the same for equal snapshots, and mostly the same as a library
// grows.
VectorSample sample_vectors(const Snapshot& snapshot, std::size_t count);

}  // namespace cnclip::search
