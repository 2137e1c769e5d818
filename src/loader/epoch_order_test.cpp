#include "loader/epoch_order.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <set>

namespace cnclip {
namespace {

std::vector<std::uint64_t> all_of(const Permutation& permutation) {
  std::vector<std::uint64_t> numbers;
  for (std::uint64_t i = 0; i < permutation.size(); ++i) numbers.push_back(permutation(i));
  return numbers;
}

std::vector<std::uint64_t> all_of(const EpochOrder& order, const EpochShape& shape) {
  std::vector<std::uint64_t> numbers;
  for (std::uint64_t i = 0; i < shape.places; ++i) numbers.push_back(order.number_at(i));
  return numbers;
}

bool is_permutation_of_all(std::vector<std::uint64_t> numbers) {
  std::ranges::sort(numbers);
  for (std::uint64_t i = 0; i < numbers.size(); ++i) {
    if (numbers[i] != i) return false;
  }
  return true;
}

TEST(Permutation, EveryNumberComesOnce) {
  for (std::uint64_t size = 1; size < 70; ++size) EXPECT_TRUE(is_permutation_of_all(all_of(Permutation(size, size))));
  for (const std::uint64_t size : {1000, 4096, 4097, 100'000}) {
    EXPECT_TRUE(is_permutation_of_all(all_of(Permutation(size, 1))));
  }
}

TEST(Permutation, AllPermutationsOfFewAreAsLikely) {
  std::map<std::vector<std::uint64_t>, int> counts;
  constexpr int kDraws = 24'000;
  for (std::uint64_t key = 0; key < kDraws; ++key) ++counts[all_of(Permutation(5, key))];
  EXPECT_EQ(counts.size(), 120u);
  double chi_squared = 0;
  for (const auto& [permutation, count] : counts) {
    const double off = count - kDraws / 120.0;
    chi_squared += off * off / (kDraws / 120.0);
  }
  EXPECT_LT(chi_squared, 184);  // exceeded once in 10,000 times
}

TEST(Permutation, EveryPlaceIsAsLikely) {
  std::map<std::pair<std::uint64_t, std::uint64_t>, int> counts;
  for (std::uint64_t key = 0; key < 10'000; ++key) {
    const auto numbers = all_of(Permutation(20, key));
    for (std::uint64_t i = 0; i < 20; ++i) ++counts[{i, numbers[i]}];
  }
  double chi_squared = 0;
  for (const auto& [place, count] : counts) chi_squared += (count - 500.0) * (count - 500.0) / 500.0;
  EXPECT_EQ(counts.size(), 400u);
  EXPECT_LT(chi_squared, 361 + 4 * 26.9);  // 19 x 19 degrees of freedom, four standard deviations
}

TEST(Permutation, HugeOnesNeedNoMemory) {
  const Permutation permutation(std::uint64_t{1} << 40, 3);
  std::set<std::uint64_t> seen;
  for (std::uint64_t i = 0; i < 1000; ++i) seen.insert(permutation(i));
  EXPECT_EQ(seen.size(), 1000u);
  EXPECT_LT(*seen.rbegin(), std::uint64_t{1} << 40);
  EXPECT_GT(*seen.rbegin(), std::uint64_t{1} << 39);
}

TEST(EpochOrder, WrapsToWholeBatches) {
  EXPECT_EQ(EpochShape::of(10, 4).places, 12u);
  EXPECT_EQ(EpochShape::of(12, 4).places, 12u);
  EXPECT_EQ(EpochShape::of(3, 8).places, 8u);
  const auto shape = EpochShape::of(3, 8);
  EXPECT_TRUE(is_permutation_of_all(all_of(EpochOrder(shape, {1, 2}, 0, 5, 0), shape)));
}

TEST(EpochOrder, EveryNumberComesOnceHoweverTheShardsLie) {
  const std::vector<std::size_t> sizes = {7, 0, 1, 20, 13, 0};
  const auto shape = EpochShape::of(41, 6);
  for (const std::size_t at_once : {0, 1, 2, 3, 100}) {
    for (std::uint64_t epoch = 0; epoch < 20; ++epoch) {
      EXPECT_TRUE(is_permutation_of_all(all_of(EpochOrder(shape, sizes, at_once, 1, epoch), shape)));
    }
  }
}

TEST(EpochOrder, DependsOnSeedAndEpoch) {
  const auto shape = EpochShape::of(100, 10);
  const auto order = [&](std::uint64_t seed, std::uint64_t epoch) {
    return all_of(EpochOrder(shape, {50, 50}, 1, seed, epoch), shape);
  };
  EXPECT_EQ(order(1, 2), order(1, 2));
  EXPECT_NE(order(1, 2), order(1, 3));
  EXPECT_NE(order(1, 2), order(2, 2));
  EXPECT_NE(order(1, 2), order(2, 1));
}

TEST(EpochOrder, ShardsAreReadOneAfterAnother) {
  const auto shape = EpochShape::of(100, 10);
  std::set<std::vector<std::uint64_t>> shard_orders;
  for (std::uint64_t epoch = 0; epoch < 50; ++epoch) {
    const auto numbers = all_of(EpochOrder(shape, std::vector<std::size_t>(5, 20), 1, 1, epoch), shape);
    std::vector<std::uint64_t> shards;
    for (const std::uint64_t number : numbers) {
      if (shards.empty() || shards.back() != number / 20) shards.push_back(number / 20);
    }
    EXPECT_EQ(shards.size(), 5u);
    EXPECT_FALSE(std::ranges::is_sorted(numbers.begin(), numbers.begin() + 20));
    shard_orders.insert(shards);
  }
  EXPECT_GT(shard_orders.size(), 25u);
}

}  // namespace
}  // namespace cnclip
