#include "eval/classification/metrics.h"

#include <gtest/gtest.h>

#include <array>
#include <cmath>

#include "cnclip/error.h"

namespace cnclip::classification {
namespace {

using Flags = std::vector<std::uint8_t>;
using Scores = std::vector<float>;

TEST(Metrics, AccuracyTakesAnyOfTheClassesOfAnImage) {
  const std::vector<std::vector<int>> truth = {{0}, {1, 2}, {2}, {0, 1}};
  EXPECT_EQ(accuracy(truth, std::array{0, 2, 0, 2}), 0.5);
  EXPECT_TRUE(std::isnan(accuracy({}, {})));
}

TEST(Metrics, MeanPerClassWeighsClassesAlike) {
  // Class 0: 3 of 4 right; class 1: 0 of 1; class 2 has no images, though it is predicted.
  const std::array truth = {0, 0, 0, 0, 1}, predicted = {0, 0, 0, 2, 2};
  EXPECT_EQ(mean_per_class(truth, predicted, 3), 0.375);
  EXPECT_TRUE(std::isnan(mean_per_class({}, {}, 3)));
}

TEST(Metrics, RocAucCountsPairs) {
  EXPECT_EQ(roc_auc(Flags{0, 1, 0, 1}, Scores{0.1f, 0.4f, 0.35f, 0.8f}), 1);
  EXPECT_EQ(roc_auc(Flags{1, 0}, Scores{0.1f, 0.2f}), 0);
  EXPECT_EQ(roc_auc(Flags{0, 0, 1, 1}, Scores{0.1f, 0.4f, 0.35f, 0.8f}), 0.75);
}

TEST(Metrics, EqualScoresCountHalfInRocAuc) {
  EXPECT_EQ(roc_auc(Flags{1, 0, 1, 0}, Scores{1, 1, 1, 1}), 0.5);
  EXPECT_EQ(roc_auc(Flags{1, 0, 0}, Scores{2, 2, 1}), 0.75);
}

TEST(Metrics, RocAucNeedsBothKinds) {
  EXPECT_TRUE(std::isnan(roc_auc(Flags{1, 1}, Scores{1, 2})));
  EXPECT_TRUE(std::isnan(roc_auc(Flags{0, 0}, Scores{1, 2})));
  EXPECT_TRUE(std::isnan(roc_auc(Flags{}, Scores{})));
}

TEST(Metrics, ElevenPointsOfAWorkedExample) {
  // Precision and recall after each: 1/1 1/2, 1/2 1/2, 2/3 2/2. Recall up to 0.5 has 1, above it 2/3.
  EXPECT_DOUBLE_EQ(average_precision_11_point(Flags{1, 0, 1}, Scores{3, 2, 1}), (6 * 1.0 + 5 * 2.0 / 3) / 11);
}

TEST(Metrics, ElevenPointsReachTheirRecallExactly) {
  // Ten positives, then none right: each hit reaches a tenth, whatever binary fractions make of 0.3.
  Flags positive(20);
  Scores scores(20);
  for (std::size_t i = 0; i < 20; ++i) {
    positive[i] = i % 2 == 0 ? 1 : 0;  // precision after hit k (from 1): k / (2k - 1)
    scores[i] = static_cast<float>(20 - i);
  }
  double sum = 1;
  for (int k = 1; k <= 10; ++k) sum += k / (2.0 * k - 1);
  EXPECT_DOUBLE_EQ(average_precision_11_point(positive, scores), sum / 11);
}

TEST(Metrics, ElevenPointsOfEqualScoresDoNotDependOnTheirOrder) {
  EXPECT_DOUBLE_EQ(average_precision_11_point(Flags{1, 0, 0, 0}, Scores{1, 1, 1, 1}), 0.25);
  EXPECT_DOUBLE_EQ(average_precision_11_point(Flags{0, 0, 0, 1}, Scores{1, 1, 1, 1}), 0.25);
}

TEST(Metrics, ElevenPointsWithoutPositivesAreUndefined) {
  EXPECT_TRUE(std::isnan(average_precision_11_point(Flags{0, 0}, Scores{1, 2})));
  EXPECT_EQ(average_precision_11_point(Flags{1, 1}, Scores{1, 2}), 1);
}

TEST(Metrics, NamesGoBothWays) {
  for (const char* name : {"accuracy", "mean_per_class", "roc_auc", "map_11_point"}) {
    EXPECT_EQ(name_of(metric_from(name)), name);
  }
  EXPECT_THROW(metric_from("f1"), Error);
}

}  // namespace
}  // namespace cnclip::classification
