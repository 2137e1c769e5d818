// The vectors of a library, held for searching and kept up with it.
#pragma once

#include <filesystem>
#include <mutex>

#include "search/library/library.h"
#include "search/nearest/vector_store.h"

namespace cnclip::search {

// Any number of threads, each with a Library of its own.
class VectorIndex {
 public:
  // Starts from INDEX/vectors.cache where that is one of this library.
  explicit VectorIndex(const Library& library);

  // As they are in the library now, or later where another thread's Library has seen more.
  std::shared_ptr<const Snapshot> follow(const Library& library);

  // Writes the cache and goes on from it. `queries`: see CacheSettings. False: it is good as it is.
  bool improve(const Library& library, std::span<const float> queries, int threads);
  // Whether there is a cache that holds nine tenths of the vectors, or no need of one.
  bool cache_is_fresh() const;

  // Vectors below which reading the library is as quick as opening a cache.
  static constexpr std::int64_t kCacheFrom = 5000;

 private:
  void catch_up(const Library& library);
  bool is_of(const Library& library, const Snapshot& snapshot) const;
  bool fresh() const;

  const std::filesystem::path cache_;
  const std::string library_;  // as the cache names it
  mutable std::mutex mutex_;   // of what follows
  std::unique_ptr<VectorStore> store_;
  std::int64_t version_ = 0;
  std::int64_t cached_ = 0;   // vectors that came from the cache
  std::int64_t changes_ = 0;  // since then
};

}  // namespace cnclip::search
