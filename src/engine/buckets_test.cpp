#include "engine/buckets.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <set>

#include "base/random.h"

namespace cnclip {
namespace {

const RunSizes kImages{{1, 2, 4, 8, 16, 32}, 2048, 0.3}, kTexts{{1, 2, 4, 8, 16, 32}, 2048, 24};

TEST(Buckets, EveryRowIsComputedOnceInARunThatHoldsIt) {
  Random random(1);
  for (int round = 0; round < 200; ++round) {
    std::vector<std::int32_t> lengths(1 + static_cast<std::size_t>(random.uniform() * 90));
    for (auto& length : lengths) length = 1 + static_cast<std::int32_t>(random.uniform() * 512);
    std::multiset<std::size_t> seen;
    for (const ShapedRun& run : plan_texts(lengths, 512, kTexts, 1 + round % 5)) {
      EXPECT_LE(run.rows.size(), static_cast<std::size_t>(run.batch));
      EXPECT_TRUE(std::ranges::binary_search(kTexts.batches, run.batch));
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
  const auto length_of = [](const std::vector<std::int32_t>& lengths, int streams = 1) {
    for (const ShapedRun& run : plan_texts(lengths, 512, kTexts, streams)) {
      if (std::ranges::find(run.rows, std::size_t{0}) != run.rows.end()) return run.length;
    }
    return std::int64_t{0};
  };
  for (std::int32_t length = 1; length <= 512; ++length) {
    EXPECT_EQ(length_of({length}), length_of({length, 1, 512, length + 1, length, 3}));
    EXPECT_EQ(length_of({length}), length_of({length, 1, 512, length + 1, length, 3}, 2));
  }
}

TEST(Buckets, ImagesStayInOrderWithinARun) {
  for (std::int64_t count = 0; count < 100; ++count) {
    for (const int streams : {1, 2, 7}) {
      std::size_t rows = 0;
      for (const ShapedRun& run : plan_images(count, kImages, streams)) {
        for (std::size_t i = 0; i < run.rows.size(); ++i) EXPECT_EQ(run.rows[i], run.rows[0] + i);
        rows += run.rows.size();
        EXPECT_GE(run.batch, static_cast<std::int64_t>(run.rows.size()));
      }
      EXPECT_EQ(rows, static_cast<std::size_t>(count));
    }
  }
}

std::vector<std::int64_t> batches(const std::vector<ShapedRun>& runs) {
  std::vector<std::int64_t> batches;
  for (const ShapedRun& run : runs) batches.push_back(run.batch);
  return batches;
}

TEST(Buckets, EveryStreamGetsABatch) {
  using Batches = std::vector<std::int64_t>;
  EXPECT_EQ(batches(plan_images(32, kImages, 1)), Batches({32}));
  for (const std::int64_t batch : kTexts.batches) {
    for (const int streams : {2, 3, 8}) {
      const Batches each(static_cast<std::size_t>(streams), batch);
      EXPECT_EQ(batches(plan_images(batch * streams, kImages, streams)), each);
      const std::vector<std::int32_t> lengths(static_cast<std::size_t>(batch * streams), 12);
      EXPECT_EQ(batches(plan_texts(lengths, 512, kTexts, streams)), each);
    }
  }
  EXPECT_EQ(batches(plan_images(1, kImages, 8)), Batches({1}));
}

TEST(Buckets, LongTextsComeFirst) {
  const std::vector<std::int32_t> lengths{4, 52, 12, 52, 4};
  std::int64_t before = 512;
  for (const ShapedRun& run : plan_texts(lengths, 512, kTexts, 2)) {
    EXPECT_LE(run.length, before);
    before = run.length;
  }
}

TEST(Buckets, AShortTableOfPositionsEndsTheBuckets) {
  const std::vector<std::int32_t> lengths{15, 16};
  for (const ShapedRun& run : plan_texts(lengths, 16, kTexts, 1)) EXPECT_EQ(run.length, 16);
  const std::vector<std::int32_t> odd{13};
  EXPECT_EQ(plan_texts(odd, 13, kTexts, 1).at(0).length, 13);
}

TEST(Buckets, LengthsAreMultiplesWhereThePositionsReach) {
  RunSizes eights = kTexts;
  eights.multiple = 8;
  for (std::int32_t length = 1; length <= 77; ++length) {
    const std::vector<std::int32_t> lengths{length};
    const ShapedRun run = plan_texts(lengths, 77, eights).at(0);
    EXPECT_GE(run.length, length);
    EXPECT_TRUE(run.length % 8 == 0 || run.length == 77) << run.length;
  }
}

}  // namespace
}  // namespace cnclip
