#include "eval/classification/lbfgs.h"

#include <gtest/gtest.h>

#include <cmath>

namespace cnclip::classification {
namespace {

TEST(Lbfgs, FindsTheMinimumOfAnUnevenBowl) {
  const Minimum minimum = minimize(
      [](std::span<const double> x, std::span<double> gradient) {
        double value = 0;
        for (std::size_t i = 0; i < x.size(); ++i) {
          const double weight = std::pow(10, static_cast<double>(i) / 4), off = x[i] - static_cast<double>(i);
          value += 0.5 * weight * off * off;
          gradient[i] = weight * off;
        }
        return value;
      },
      std::vector<double>(17), 1e-9, 1000);
  EXPECT_TRUE(minimum.converged);
  for (std::size_t i = 0; i < 17; ++i) EXPECT_NEAR(minimum.x[i], static_cast<double>(i), 1e-8);
}

TEST(Lbfgs, FollowsACurvedValley) {  // Rosenbrock's
  const Minimum minimum = minimize(
      [](std::span<const double> x, std::span<double> gradient) {
        const double a = 1 - x[0], b = x[1] - x[0] * x[0];
        gradient[0] = -2 * a - 400 * x[0] * b;
        gradient[1] = 200 * b;
        return a * a + 100 * b * b;
      },
      {-1.2, 1}, 1e-8, 200);
  EXPECT_TRUE(minimum.converged);
  EXPECT_NEAR(minimum.x[0], 1, 1e-6);
  EXPECT_NEAR(minimum.x[1], 1, 1e-6);
}

TEST(Lbfgs, SaysWhenItDidNotArrive) {
  const Objective falling = [](std::span<const double> x, std::span<double> gradient) {
    gradient[0] = -std::exp(-x[0]);
    return std::exp(-x[0]);
  };
  const Minimum minimum = minimize(falling, {0}, 1e-12, 3);
  EXPECT_EQ(minimum.iterations, 3);
  EXPECT_FALSE(minimum.converged);
  EXPECT_LT(minimum.value, 1);
}

TEST(Lbfgs, StaysWhereThereIsNothingToDo) {
  const Minimum minimum = minimize(
      [](std::span<const double>, std::span<double> gradient) {
        gradient[0] = 0;
        return 7.0;
      },
      {3}, 1e-6, 100);
  EXPECT_TRUE(minimum.converged);
  EXPECT_EQ(minimum.iterations, 0);
  EXPECT_EQ(minimum.x[0], 3);
}

}  // namespace
}  // namespace cnclip::classification
