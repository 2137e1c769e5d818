// The order in which one epoch goes through a dataset.
#pragma once

#include <vector>

#include "loader/permutation.h"

namespace cnclip {

// Which pairs make up an epoch: all of the dataset, and from its beginning again until the last global batch is full,
// as the official sampler has it.
struct EpochShape {
  std::uint64_t samples = 0;  // of the dataset, at least 1
  std::uint64_t places = 0;   // a multiple of the global batch; from `samples` on, numbers wrap

  static EpochShape of(std::uint64_t samples, std::uint64_t global_batch);
};

// Shards come in random order, `shards_at_once` of them (0: all) mixed sample by sample; what wraps is a shard of its
// own. Needs memory for the shards only.
class EpochOrder {
 public:
  EpochOrder(const EpochShape& shape, std::vector<std::size_t> shard_sizes, std::size_t shards_at_once,
             std::uint64_t seed, std::uint64_t epoch);
  // place < shape.places; every number below shape.places comes once. Pair `number % shape.samples` is meant.
  std::uint64_t number_at(std::uint64_t place) const;

 private:
  struct Shard {
    std::uint64_t place;   // where it would lie were its pool not mixed
    std::uint64_t number;  // of its first sample
  };
  struct Pool {
    std::uint64_t place;  // of its first sample
    Permutation mixing;
  };

  std::vector<Shard> shards_;  // in the epoch's order
  std::vector<Pool> pools_;
};

}  // namespace cnclip
