// How an index is searched.
#pragma once

#include <cstdint>
#include <string>

namespace cnclip::search {

// What `cnclip search --prepare` tells.
struct SearchState {
  std::int64_t vectors = 0;
  std::int64_t lists = 0;       // of the partition that makes large libraries fast; 0: every vector is looked at
  std::int64_t probed = 0;      // lists that a search looks into
  double measured_recall = 0;   // of the ten nearest, on queries of the index's own; 1 without a partition
  std::string server;           // that keeps the vectors; empty: none, and then all of this is about this process
  bool cache_is_fresh = false;  // INDEX/vectors.cache holds most of this: the next start is quick
};

}  // namespace cnclip::search
