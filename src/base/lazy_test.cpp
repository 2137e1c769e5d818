#include "base/lazy.h"

#include <gtest/gtest.h>

#include <cmath>

#include "cnclip/error.h"

namespace cnclip {
namespace {

LazyTensor floats(Shape shape, std::vector<float> values) {
  return Tensor::from_floats(std::move(shape), values);
}

TEST(StackRows, JoinsAlongTheFirstAxis) {
  const LazyTensor both = stack_rows({floats({1, 2}, {1, 2}), floats({2, 2}, {3, 4, 5, 6})});
  EXPECT_EQ(both.shape, (Shape{3, 2}));
  EXPECT_EQ(both.load().data<float>()[4], 5);
}

TEST(StackRows, RefusesWhatDoesNotFit) {
  EXPECT_THROW(stack_rows({floats({1, 2}, {1, 2}), floats({1, 1}, {3})}), Error);
  EXPECT_THROW(stack_rows({floats({}, {1}), floats({}, {2})}), Error);
  const LazyTensor endless = Tensor::allocate(DType::f32, {INT64_MAX, 0});
  EXPECT_THROW(stack_rows({endless, endless}), Error);
  EXPECT_THROW(stack_rows({floats({1}, {1}), Tensor::allocate(DType::i64, {1})}), Error);
}

TEST(CheckedFinite, NamesTheTensorAndThePlace) {
  EXPECT_EQ(checked_finite(floats({2}, {1, 2}), "t").load().data<float>()[1], 2);
  try {
    checked_finite(floats({3}, {1, 2, std::nanf("")}), "file: tensor t").load();
    FAIL();
  } catch (const Error& error) {
    EXPECT_STREQ(error.what(), "file: tensor t: value 2 is NaN or infinite");
  }
}

}  // namespace
}  // namespace cnclip
