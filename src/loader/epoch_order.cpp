#include "loader/epoch_order.h"

#include <algorithm>
#include <numeric>

#include "base/error.h"
#include "base/random.h"

namespace cnclip {

EpochShape EpochShape::of(std::uint64_t samples, std::uint64_t global_batch) {
  return {samples, (samples + global_batch - 1) / global_batch * global_batch};
}

EpochOrder::EpochOrder(const EpochShape& shape, std::vector<std::size_t> shard_sizes, std::size_t shards_at_once,
                       std::uint64_t seed, std::uint64_t epoch) {
  if (std::accumulate(shard_sizes.begin(), shard_sizes.end(), std::uint64_t{0}) != shape.samples) {
    throw_internal("loader: the shards do not make up the dataset of {} samples", shape.samples);
  }
  if (shape.places > shape.samples) shard_sizes.push_back(shape.places - shape.samples);
  const std::size_t count = shard_sizes.size(), at_once = shards_at_once > 0 ? shards_at_once : count;
  std::vector<std::uint64_t> first(count);
  std::exclusive_scan(shard_sizes.begin(), shard_sizes.end(), first.begin(), std::uint64_t{0});

  Random random(seed ^ Random(epoch, "epoch").next(), "order");
  const Permutation of_shards(count, random.next());
  std::uint64_t place = 0;
  for (std::size_t begin = 0; begin < count; begin += at_once) {
    const std::uint64_t pool = place;
    for (std::size_t i = begin; i < std::min(count, begin + at_once); ++i) {
      const std::uint64_t shard = of_shards(i);
      shards_.push_back({place, first[shard]});
      place += shard_sizes[shard];
    }
    pools_.push_back({pool, Permutation(place - pool, random.next())});
  }
}

std::uint64_t EpochOrder::number_at(std::uint64_t place) const {
  // Empty shards and pools share their place with the next: the last that begins at or before `place` is meant.
  const auto last = [](const auto& parts, std::uint64_t at) {
    return *std::prev(std::ranges::upper_bound(parts, at, {}, [](const auto& part) { return part.place; }));
  };
  const Pool pool = last(pools_, place);
  const std::uint64_t mixed = pool.place + pool.mixing(place - pool.place);
  const Shard shard = last(shards_, mixed);
  return shard.number + (mixed - shard.place);
}

}  // namespace cnclip
