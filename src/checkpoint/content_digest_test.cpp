#include "checkpoint/content_digest.h"

#include <gtest/gtest.h>

namespace cnclip {
namespace {

Tensor floats(const Shape& shape, std::vector<float> values) {
  return Tensor::from_floats(shape, values);
}

TEST(ContentDigest, DependsOnNothingButNamesShapesAndValues) {
  TensorMap weights, other;
  weights.set("a", floats({2}, {1, 2}));
  weights.set("b", floats({1, 2}, {0.5f, -3}));
  other.set("b", floats({1, 2}, {0.5f, -3}).to(DType::f16));  // exact in a half
  other.set("a", floats({2}, {1, 2}).to(DType::bf16));
  EXPECT_EQ(content_digest(weights).size(), 64U);
  EXPECT_EQ(content_digest(weights), content_digest(other));

  TensorMap changed = weights;
  changed.set("b", floats({1, 2}, {0.5f, -3.0000002f}));
  EXPECT_NE(content_digest(weights), content_digest(changed));
  changed.set("b", floats({2, 1}, {0.5f, -3}));
  EXPECT_NE(content_digest(weights), content_digest(changed));
  TensorMap renamed;
  renamed.set("a", floats({2}, {1, 2}));
  renamed.set("c", floats({1, 2}, {0.5f, -3}));
  EXPECT_NE(content_digest(weights), content_digest(renamed));
}

TEST(ModelFingerprint, DependsOnTheConfigurationToo) {
  Checkpoint model;
  model.weights.set("a", floats({2}, {1, 2}));
  Checkpoint other = model;
  other.config.name = "another name";
  EXPECT_EQ(model_fingerprint(model), model_fingerprint(other));
  other.config.image_size += 32;
  EXPECT_NE(model_fingerprint(model), model_fingerprint(other));
}

}  // namespace
}  // namespace cnclip
