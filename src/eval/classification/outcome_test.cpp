#include "eval/classification/outcome.h"

#include <gtest/gtest.h>

#include <cmath>

#include "cnclip/error.h"

namespace cnclip::classification {
namespace {

LabelledImage image(std::vector<int> classes) {
  return {"i", "i", std::move(classes)};
}

Outcome measured(const std::vector<std::vector<int>>& truth, const std::vector<float>& probabilities, Metric metric) {
  std::vector<LabelledImage> images;
  for (const auto& classes : truth) images.push_back(image(classes));
  const auto count = static_cast<std::int64_t>(truth.size());
  const Shape shape = {count, static_cast<std::int64_t>(probabilities.size()) / count};
  return measure(images, Tensor::from_floats(shape, probabilities), metric);
}

TEST(Outcome, HasTheBestFiveOfEachImage) {
  const Outcome outcome = measured({{3}}, {0.1f, 0.3f, 0.05f, 0.3f, 0.05f, 0.2f, 0}, Metric::accuracy);
  std::vector<int> top;
  for (const ClassScore& score : outcome.images[0].top) top.push_back(score.of_class);
  EXPECT_EQ(top, (std::vector{1, 3, 5, 0, 2}));  // of equal ones the lower first
  EXPECT_EQ(outcome.images[0].top[0].probability, 0.3f);
  EXPECT_EQ(outcome.accuracy, 0);
}

TEST(Outcome, RocAucScoresTheSecondClass) {
  EXPECT_EQ(measured({{0}, {1}}, {0.9f, 0.1f, 0.6f, 0.4f}, Metric::roc_auc).value, 1);
  EXPECT_EQ(measured({{1}, {0}}, {0.9f, 0.1f, 0.6f, 0.4f}, Metric::roc_auc).value, 0);
  EXPECT_TRUE(std::isnan(measured({{1}}, {0.5f, 0.5f}, Metric::roc_auc).value));
}

TEST(Outcome, MeanAveragePrecisionLeavesClassesWithoutImagesOut) {
  // Class 0: both of its images above the third; class 1: its image is the second; class 2 has none.
  const Outcome outcome =
      measured({{0}, {0, 1}, {1}}, {0.5f, 0.4f, 0.1f, 0.5f, 0.3f, 0.2f, 0.3f, 0.3f, 0.4f}, Metric::map_11_point);
  // Class 1: images of 0.4 (no), then two of 0.3 (both) at once: precision 2/3 at every recall.
  EXPECT_DOUBLE_EQ(outcome.value, (1 + 2.0 / 3) / 2);
  EXPECT_DOUBLE_EQ(outcome.accuracy, 2.0 / 3);
}

TEST(Outcome, MetricsMustFitTheDataSet) {
  ClassFolder folder{"f", "test", {"a", "b", "c"}, {image({0})}};
  EXPECT_THROW(check_fits(Metric::roc_auc, folder), Error);
  EXPECT_NO_THROW(check_fits(Metric::mean_per_class, folder));
  folder.labels.pop_back();
  EXPECT_NO_THROW(check_fits(Metric::roc_auc, folder));
  folder.images.push_back(image({0, 1}));
  EXPECT_THROW(check_fits(Metric::roc_auc, folder), Error);
  EXPECT_THROW(check_fits(Metric::mean_per_class, folder), Error);
  EXPECT_NO_THROW(check_fits(Metric::map_11_point, folder));
}

}  // namespace
}  // namespace cnclip::classification
