#include "engine/openvino/buckets.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <set>

#include "base/random.h"

namespace cnclip {
namespace {

TEST(Buckets, EveryRowIsComputedOnceInARunThatHoldsIt) {
  Random random(1);
  for (int round = 0; round < 200; ++round) {
    std::vector<std::int32_t> lengths(1 + static_cast<std::size_t>(random.uniform() * 90));
    for (auto& length : lengths) length = 1 + static_cast<std::int32_t>(random.uniform() * 512);
    std::multiset<std::size_t> seen;
    for (const ShapedRun& run : plan_texts(lengths, 512)) {
      EXPECT_LE(run.rows.size(), static_cast<std::size_t>(run.batch));
      EXPECT_TRUE(std::ranges::binary_search(batch_sizes(), run.batch));
      for (const std::size_t row : run.rows) {
        EXPECT_LE(lengths[row], run.length);
        seen.insert(row);
      }
    }
    ASSERT_EQ(seen.size(), lengths.size());
    for (std::size_t row = 0; row < lengths.size(); ++row) EXPECT_EQ(seen.count(row), 1u);
  }
}

TEST(Buckets, TheLengthOfARunDependsOnTheRowAlone) {
  const auto length_of = [](std::vector<std::int32_t> lengths) {
    for (const ShapedRun& run : plan_texts(lengths, 512)) {
      if (std::ranges::find(run.rows, std::size_t{0}) != run.rows.end()) return run.length;
    }
    return std::int64_t{0};
  };
  for (std::int32_t length = 1; length <= 512; ++length) {
    EXPECT_EQ(length_of({length}), length_of({length, 1, 512, length + 1, length, 3}));
  }
}

TEST(Buckets, ImagesStayInOrderWithinARun) {
  for (std::int64_t count = 0; count < 100; ++count) {
    std::size_t rows = 0;
    for (const ShapedRun& run : plan_images(count)) {
      for (std::size_t i = 0; i < run.rows.size(); ++i) EXPECT_EQ(run.rows[i], run.rows[0] + i);
      rows += run.rows.size();
      EXPECT_GE(run.batch, static_cast<std::int64_t>(run.rows.size()));
    }
    EXPECT_EQ(rows, static_cast<std::size_t>(count));
  }
}

TEST(Buckets, AShortTableOfPositionsEndsTheBuckets) {
  const std::vector<std::int32_t> lengths{15, 16};
  for (const ShapedRun& run : plan_texts(lengths, 16)) EXPECT_EQ(run.length, 16);
  const std::vector<std::int32_t> odd{13};
  EXPECT_EQ(plan_texts(odd, 13).at(0).length, 13);
}

}  // namespace
}  // namespace cnclip
