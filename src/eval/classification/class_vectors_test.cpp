#include "eval/classification/class_vectors.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "base/test_errors.h"

namespace cnclip::classification {
namespace {

FeatureSet features(std::vector<float> values, std::int64_t width) {
  FeatureSet set;
  const auto count = static_cast<std::int64_t>(values.size()) / width;
  for (std::int64_t i = 0; i < count; ++i) set.ids.push_back("picture " + std::to_string(i));
  set.rows = Tensor::from_floats({count, width}, values);
  return set;
}

TEST(ClassProbabilities, AreTheSoftmaxOfAHundredCosines) {
  const Tensor classes = Tensor::from_floats({2, 2}, std::vector<float>{1, 0, 0.6f, 0.8f});
  // Lengths do not matter: cosines 1 and 0.6, then 0.8 and 0.96.
  const Tensor result = class_probabilities(features({3, 0, 0.04f, 0.03f}, 2), classes);
  ASSERT_EQ(result.shape(), (Shape{2, 2}));
  const auto values = result.data<float>();
  EXPECT_NEAR(values[0], 1, 1e-6);
  EXPECT_NEAR(values[1] / std::exp(-40.0f), 1, 1e-3);
  EXPECT_NEAR(values[2] / std::exp(-16.0f), 1, 1e-3);
  EXPECT_NEAR(values[3], 1, 1e-6);
}

TEST(ClassProbabilities, OfManyImagesAreThoseOfEach) {
  std::vector<float> many;
  for (int i = 0; i < 3000; ++i) {
    const float angle = static_cast<float>(i) * 0.01f;
    many.insert(many.end(), {std::cos(angle), std::sin(angle)});
  }
  const Tensor classes = Tensor::from_floats({3, 2}, std::vector<float>{1, 0, 0, 1, -1, 0});
  const Tensor together = class_probabilities(features(many, 2), classes);
  for (const std::size_t i : {0u, 1023u, 1024u, 2047u, 2999u}) {
    const Tensor alone = class_probabilities(features({many[2 * i], many[2 * i + 1]}, 2), classes);
    for (std::size_t c = 0; c < 3; ++c) {
      EXPECT_NEAR(together.data<float>()[3 * i + c], alone.data<float>()[c], 1e-5) << i;
    }
  }
}

TEST(ClassProbabilities, RefuseFeaturesWithoutADirection) {
  const Tensor classes = Tensor::from_floats({2, 2}, std::vector<float>{1, 0, 0, 1});
  expect_bad_input([&] { class_probabilities(features({1, 0, 0, 0}, 2), classes); }, "picture 1: its features");
  expect_bad_input(
      [&] {
        class_probabilities(features({std::numeric_limits<float>::quiet_NaN(), 0}, 2), classes);
      },
      "picture 0");
  expect_bad_input(
      [&] {
        class_probabilities(features({1, 0, 0}, 3), classes);
      },
      "width 3: the model's are of width 2");
}

}  // namespace
}  // namespace cnclip::classification
