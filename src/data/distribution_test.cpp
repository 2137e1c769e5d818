#include "data/distribution.h"

#include <gtest/gtest.h>

namespace cnclip {
namespace {

TEST(Distribution, SummariesAndBins) {
  Distribution values;
  EXPECT_EQ(values.quantile(0.5), 0u);
  EXPECT_TRUE(values.bins(4).empty());
  for (std::uint64_t v = 1; v <= 100; ++v) values.add(v);
  values.add(1000, 2);
  EXPECT_EQ(values.count(), 102u);
  EXPECT_EQ(values.quantile(0.5), 51u);
  EXPECT_EQ(values.quantile(1), 1000u);
  EXPECT_NEAR(values.mean(), (5050 + 2000) / 102.0, 1e-9);
  const auto bins = values.bins(10);
  ASSERT_EQ(bins.size(), 10u);
  EXPECT_EQ(bins[0].count, 100u);
  EXPECT_EQ(bins[9].count, 2u);
  EXPECT_LE(bins[9].first, 1000u);
  EXPECT_GE(bins[9].last, 1000u);
  std::uint64_t sum = 0;
  for (const auto& bin : bins) sum += bin.count;
  EXPECT_EQ(sum, values.count());
}

}  // namespace
}  // namespace cnclip
