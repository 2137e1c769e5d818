#include "metrics/curve.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

namespace cnclip {
namespace {

constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();

TEST(Curve, SmoothingAveragesAndStartsAnew) {
  Curve curve;
  for (int i = 0; i < 1000; ++i) curve.push_back({i + 1.0, i % 2 == 0 ? 1.0 : 3.0});
  curve[500].y = kNaN;
  for (int i = 0; i < 1000; ++i) curve.push_back({1001.0 + i, 10.0, i == 0});
  const Curve smooth = smoothed(curve);
  ASSERT_EQ(smooth.size(), curve.size());
  EXPECT_EQ(smooth[0].y, 1);
  EXPECT_EQ(smooth[1].y, 2);
  EXPECT_TRUE(std::isnan(smooth[500].y));
  EXPECT_NEAR(smooth[999].y, 2, 0.1);
  EXPECT_EQ(smooth[1000].y, 10);
  EXPECT_TRUE(smooth[1000].begins);
  const Curve few = {{1, 5}, {2, 9}};  // nothing to average over
  EXPECT_EQ(smoothed(few)[1].y, 9);
}

TEST(Curve, ThinningKeepsTheLowestAndTheHighest) {
  Curve curve;
  for (int i = 1; i <= 1'000'000; ++i) curve.push_back({static_cast<double>(i), std::sin(i * 0.001)});
  curve[123'456].y = 7;
  curve[654'321].y = -7;
  const Curve thin = thinned(curve, 1e6, 500);
  EXPECT_LE(thin.size(), 1000u);
  EXPECT_GE(thin.size(), 900u);
  double low = 0, high = 0, before = 0;
  for (const Point& point : thin) {
    low = std::min(low, point.y);
    high = std::max(high, point.y);
    EXPECT_GT(point.x, before);
    before = point.x;
  }
  EXPECT_EQ(low, -7);
  EXPECT_EQ(high, 7);
}

TEST(Curve, ThinningBreaksTheLineWhereNothingIsFinite) {
  const Curve thin = thinned({{1, 1}, {2, 2}, {3, kNaN}, {4, 4}, {5, 5, true}, {6, 6}}, 10, 10);
  ASSERT_EQ(thin.size(), 5u);
  EXPECT_EQ(thin[1].y, 2);
  EXPECT_EQ(thin[2].y, 4);
  const std::vector<bool> begins = {thin[0].begins, thin[1].begins, thin[2].begins, thin[3].begins, thin[4].begins};
  EXPECT_EQ(begins, (std::vector<bool>{true, false, true, true, false}));
  EXPECT_TRUE(thinned({{1, kNaN}}, 10, 10).empty());
  EXPECT_EQ(thinned({{1, 1}, {99, 2}, {-5, 3}}, 0, 10).size(), 2u);  // places outside are at the edge
}

}  // namespace
}  // namespace cnclip
