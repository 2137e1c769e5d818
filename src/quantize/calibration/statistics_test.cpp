#include "quantize/calibration/statistics.h"

#include <gtest/gtest.h>

#include <cmath>

#include "base/random.h"
#include "graph/int8.h"

namespace cnclip {
namespace {

TEST(Peaks, AreByChannelAndSeeWhatIsNotFinite) {
  Peaks peaks(2);
  peaks.add(std::vector<float>{1, -5, -3, 2});
  peaks.add(std::vector<float>{2, 0});
  EXPECT_EQ(std::vector<float>(peaks.values().begin(), peaks.values().end()), (std::vector<float>{3, 5}));
  EXPECT_TRUE(peaks.finite());
  peaks.add(std::vector<float>{1, NAN});
  peaks.add(std::vector<float>{1, 1});
  EXPECT_FALSE(peaks.finite());
}

double square_error(std::vector<float> values, float step) {
  const std::vector<float> exact = values;
  round_to_int8(values, step);
  double sum = 0;
  for (std::size_t i = 0; i < values.size(); ++i) sum += (values[i] - exact[i]) * (values[i] - exact[i]);
  return sum;
}

TEST(Histogram, TheStepHasTheLeastSquareError) {
  Random random(3);
  std::vector<float> values(100'000);
  for (float& value : values) value = static_cast<float>(random.normal());
  values[7] = 40;  // one that would cost all others their precision
  Histogram histogram(40);
  histogram.add(values);
  const float step = histogram.best_step();
  EXPECT_LT(step, 30.0f / 127);
  EXPECT_LT(square_error(values, step), 0.75 * square_error(values, 40.0f / 127));
  for (float other = 0.05f; other < 0.32f; other += 0.01f)
    EXPECT_LT(square_error(values, step), 1.02 * square_error(values, other));
}

TEST(Histogram, KeepsAllWhereNothingStandsOut) {
  Histogram histogram(2);
  std::vector<float> values;
  for (int i = -127; i <= 127; ++i) values.push_back(2.0f * static_cast<float>(i) / 127);
  histogram.add(values);
  EXPECT_NEAR(histogram.best_step(), 2.0f / 127, 1e-3f);
  EXPECT_EQ(Histogram(0).best_step(), 1);
}

}  // namespace
}  // namespace cnclip
