// The compact tables: tally, near index, hashes.
#include <gtest/gtest.h>

#include <bit>
#include <map>

#include "base/random.h"
#include "clean/hash.h"
#include "clean/tally.h"
#include "image/near_index.h"

namespace cnclip::clean {
namespace {

TEST(Tally, CountsAsAMapDoes) {
  Random random(1);
  Tally tally;
  std::map<std::uint64_t, unsigned> expected;
  for (int i = 0; i < 50000; ++i) {
    const std::uint64_t key = hash64(std::to_string(random.next() % 7000));
    EXPECT_EQ(tally.add(key), ++expected[key]);
  }
  for (const auto& [key, count] : expected) EXPECT_EQ(tally.count(key), count);
  EXPECT_EQ(tally.count(hash64("never")), 0u);
  EXPECT_LE(tally.bytes(), 7000u * 8 * 3);
}

TEST(Tally, StopsAt255) {
  Tally tally;
  EXPECT_EQ(tally.count(5), 0u);
  for (int i = 0; i < 300; ++i) tally.add(5 << 8);
  EXPECT_EQ(tally.count(5 << 8), 255u);
  tally.add(0);
  EXPECT_EQ(tally.count(0), 1u);  // a key that is nothing counts too
}

TEST(Hash, EveryByteAndTheLengthMatter) {
  std::map<std::uint64_t, int> seen;
  const std::string text(40, 'x');
  for (std::size_t length = 0; length <= text.size(); ++length) ++seen[hash64(text.substr(0, length))];
  for (std::size_t at = 0; at < text.size(); ++at) {
    std::string other = text;
    other[at] ^= 1;
    ++seen[hash64(other)];
  }
  ++seen[hash64(std::string(1, '\0'))];
  ++seen[hash64(std::string(2, '\0'))];
  EXPECT_EQ(seen.size(), 41u + 40u + 2u);
}

TEST(NearIndex, FindsWhatAFullSearchFinds) {
  Random random(2);
  std::vector<std::uint64_t> hashes;
  NearIndex index;
  for (int i = 0; i < 3000; ++i) {
    hashes.push_back(random.next());
    index.add(hashes.back());
  }
  int near = 0;
  for (int i = 0; i < 3000; ++i) {
    std::uint64_t query = hashes[random.next() % hashes.size()];
    for (std::uint64_t flips = random.next() % 12; flips > 0; --flips) query ^= std::uint64_t{1} << random.next() % 64;
    int nearest = 64;
    for (const std::uint64_t hash : hashes) nearest = std::min(nearest, std::popcount(hash ^ query));
    for (const int distance : {0, 1, 2, 3, 4, 5, 6, 7, 8}) {
      ASSERT_EQ(index.contains(query, distance), nearest <= distance) << nearest << " " << distance;
      near += nearest <= distance ? 1 : 0;
    }
  }
  EXPECT_GT(near, 5000);
  EXPECT_FALSE(NearIndex().contains(0, 8));
}

}  // namespace
}  // namespace cnclip::clean
