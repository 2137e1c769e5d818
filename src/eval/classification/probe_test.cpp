#include "eval/classification/probe.h"

#include <gtest/gtest.h>

#include <cmath>

#include "base/random.h"
#include "base/test_errors.h"

namespace cnclip::classification {
namespace {

// Clouds about the corners of a simplex; `spread` decides how much they overlap.
LabelledFeatures clouds(int classes, int images_each, double spread, std::uint64_t seed) {
  Random random(seed);
  LabelledFeatures result;
  FeatureCollector features(classes);
  for (int i = 0; i < classes * images_each; ++i) {
    const int of_class = i % classes;
    std::vector<float> row(static_cast<std::size_t>(classes));
    for (float& value : row) value = static_cast<float>(spread * random.normal());
    row[static_cast<std::size_t>(of_class)] += 1;
    const std::string id = std::to_string(i);
    result.images.push_back({id, id, {of_class}});
    features.add(id, row);
  }
  result.features = features.take();
  return result;
}

Examples all_of(const LabelledFeatures& data) {
  Examples examples;
  for (std::size_t i = 0; i < data.images.size(); ++i) {
    examples.add(static_cast<std::int64_t>(i), data.images[i].classes[0]);
  }
  return examples;
}

TEST(Logistic, OfTwoPointsIsKnown) {
  // Points at +1 and -1: by symmetry one vector v of the difference, minimising 2 log(1 + exp(-v)) + v^2 / (2 C).
  LabelledFeatures data;
  data.features = {{"a", "b"}, Tensor::from_floats({2, 1}, std::vector<float>{1, -1}), {}};
  data.images = {{"a", "a", {1}}, {"b", "b", {0}}};
  const LogisticModel model = fit_logistic(data.features, all_of(data), 2, 0.5);
  ASSERT_TRUE(model.converged);
  const double v = model.weights[1] - model.weights[0];
  EXPECT_NEAR(2 * v, 2 / (1 + std::exp(v)), 1e-5);  // where the derivative is 0
  EXPECT_NEAR(model.objective, 2 * std::log1p(std::exp(-v)) + v * v, 1e-9);
  EXPECT_NEAR(model.weights[2], model.weights[3], 1e-6);
}

TEST(Logistic, BlocksOfRowsAddUp) {
  // More rows than a block holds: each point many times weighs as a larger C.
  const LabelledFeatures few = clouds(3, 50, 0.7, 1);
  Examples often;
  for (int repeat = 0; repeat < 20; ++repeat) {
    for (std::size_t i = 0; i < few.images.size(); ++i) {
      often.add(static_cast<std::int64_t>(i), few.images[i].classes[0]);
    }
  }
  const LogisticModel once = fit_logistic(few.features, all_of(few), 3, 20),
                      many = fit_logistic(few.features, often, 3, 1);
  EXPECT_NEAR(many.objective, 20 * once.objective, 1e-6 * many.objective);
}

TEST(Probe, LearnsWhatCanBeToldApart) {
  const LabelledFeatures train = clouds(4, 25, 0.1, 1), test = clouds(4, 50, 0.1, 2);
  const ProbeResult result = evaluate_probe(train, test, 4, {});
  ASSERT_EQ(result.runs.size(), 1u);
  EXPECT_EQ(result.runs[0].learned_from, 100u);
  EXPECT_EQ(result.accuracy_mean, 1);
  EXPECT_EQ(result.accuracy_deviation, 0);
}

TEST(Probe, IsTheSameForTheSameSeedOnly) {
  const LabelledFeatures train = clouds(5, 40, 1, 1), test = clouds(5, 200, 1, 2);
  ProbeSettings settings;
  settings.shots = 4;
  settings.seeds = {7, 8, 7};
  const ProbeResult result = evaluate_probe(train, test, 5, settings);
  ASSERT_EQ(result.runs.size(), 3u);
  EXPECT_EQ(result.runs[0].learned_from, 20u);
  EXPECT_EQ(result.runs[0].outcome.accuracy, result.runs[2].outcome.accuracy);
  EXPECT_EQ(result.runs[0].c, result.runs[2].c);
  EXPECT_NE(result.runs[0].outcome.accuracy, result.runs[1].outcome.accuracy);
  const double a = result.runs[0].outcome.accuracy, b = result.runs[1].outcome.accuracy;
  EXPECT_NEAR(result.accuracy_mean, (2 * a + b) / 3, 1e-12);
  EXPECT_NEAR(result.accuracy_deviation, std::abs(a - b) / std::sqrt(3.0), 1e-12);
}

TEST(Probe, OfEquallyGoodOnesTheSmallestCStays) {
  // So far apart that every C tells them apart.
  const ProbeResult result = evaluate_probe(clouds(2, 10, 0, 1), clouds(2, 10, 0, 2), 2, {});
  EXPECT_EQ(result.runs[0].held_out, 1.0);
  EXPECT_DOUBLE_EQ(result.runs[0].c, 1e-6);
}

TEST(Probe, OneShotLeavesNothingToChooseBy) {
  ProbeSettings settings;
  settings.shots = 1;
  const ProbeResult result = evaluate_probe(clouds(3, 5, 0.1, 1), clouds(3, 5, 0.1, 2), 3, settings);
  EXPECT_FALSE(result.runs[0].held_out.has_value());
  EXPECT_EQ(result.runs[0].c, 0.316);
  EXPECT_EQ(result.runs[0].learned_from, 3u);
}

TEST(Probe, RefusesClassesWithTooFewPictures) {
  ProbeSettings settings;
  settings.shots = 6;
  const LabelledFeatures data = clouds(3, 5, 0.1, 1);
  expect_bad_input([&] { evaluate_probe(data, data, 3, settings); },
                   "class 0: 5 training pictures, at least 6 are needed");
  settings.shots = 0;
  expect_bad_input([&] { evaluate_probe(data, data, 4, settings); },
                   "class 3: 0 training pictures, at least 1 are needed");
}

}  // namespace
}  // namespace cnclip::classification
