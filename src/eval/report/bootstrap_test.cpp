#include "eval/report/bootstrap.h"

#include <gtest/gtest.h>

#include <cmath>
#include <vector>

namespace cnclip {
namespace {

double share(const std::vector<int>& hits, std::span<const std::uint32_t> drawn) {
  double sum = 0;
  for (const std::uint32_t place : drawn) sum += hits.at(place);
  return 100 * sum / static_cast<double>(drawn.size());
}

// Of a share p of n, the interval is p ± 1.96 sqrt(p (1 - p) / n).
TEST(Bootstrap, IsTheBinomialIntervalOfAShare) {
  std::vector<int> hits(1000);
  for (std::size_t i = 0; i < 300; ++i) hits[i] = 1;
  const Interval interval = bootstrap(hits.size(), [&](auto drawn) { return share(hits, drawn); });
  const double wide = 196 * std::sqrt(0.3 * 0.7 / 1000);
  EXPECT_NEAR(interval.low, 30 - wide, 0.4);
  EXPECT_NEAR(interval.high, 30 + wide, 0.4);
  EXPECT_TRUE(interval.holds(30));
  EXPECT_FALSE(interval.holds(35));
}

TEST(Bootstrap, IsTheSameEachTime) {
  const std::vector<int> hits = {1, 0, 1, 1, 0};
  const auto figure = [&](std::span<const std::uint32_t> drawn) { return share(hits, drawn); };
  const Interval one = bootstrap(5, figure, 50), two = bootstrap(5, figure, 50);
  EXPECT_EQ(one.low, two.low);
  EXPECT_EQ(one.high, two.high);
}

TEST(Bootstrap, LeavesOutWhatIsUndefined) {
  EXPECT_TRUE(std::isnan(bootstrap(
                             3, [](auto) { return std::nan(""); }, 10)
                             .low));
  bool odd = false;
  const Interval half = bootstrap(
      3,
      [&](auto) {
        odd = !odd;
        return odd ? std::nan("") : 7.0;
      },
      10);
  EXPECT_EQ(half.low, 7);
  EXPECT_EQ(half.high, 7);
}

}  // namespace
}  // namespace cnclip
