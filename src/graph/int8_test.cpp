#include "graph/int8.h"

#include <gtest/gtest.h>

#include <cmath>

namespace cnclip {
namespace {

TEST(Int8, RoundsToTheNearestStepAndCutsAtTheEnds) {
  std::vector<float> values{0, 0.24f, 0.26f, -0.26f, 0.75f, 1.25f, 63.5f, 63.6f, 1e9f, -64, -64.5f, -1e9f};
  round_to_int8(values, 0.5f);
  EXPECT_EQ(values, (std::vector<float>{0, 0, 0.5f, -0.5f, 1, 1, 63.5f, 63.5f, 63.5f, -64, -64, -64}));
}

TEST(Int8, EveryRowHasItsOwnStep) {
  const Tensor weight = Tensor::from_floats({3, 2, 1, 1}, std::vector<float>{1, -2, 0, 0, 254, 3});
  const Int8Rows rows = int8_rows(weight);
  const auto values = rows.values.data<std::int8_t>();
  EXPECT_EQ(rows.values.shape(), weight.shape());
  EXPECT_EQ(std::vector<int>(values.begin(), values.end()), (std::vector<int>{64, -127, 0, 0, 127, 2}));
  EXPECT_FLOAT_EQ(rows.steps.data<float>()[0], 2.0f / 127);
  EXPECT_EQ(rows.steps.data<float>()[1], 1);
  EXPECT_EQ(rows.steps.data<float>()[2], 2);
  const Tensor back = rows.to_floats();
  for (std::size_t i = 0; i < 6; ++i) {
    EXPECT_LE(std::abs(back.data<float>()[i] - weight.data<float>()[i]), rows.steps.data<float>()[i / 2] / 2 + 1e-6f);
  }
}

}  // namespace
}  // namespace cnclip
