#include "vectors/top_k.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <numeric>
#include <random>
#include <set>

#include "base/test_errors.h"

namespace cnclip {
namespace {

Tensor matrix(std::int64_t rows, std::int64_t width, const std::function<float(std::int64_t)>& value) {
  Tensor tensor = Tensor::allocate(DType::f32, {rows, width});
  for (std::int64_t i = 0; i < rows * width; ++i) tensor.mutable_data<float>()[static_cast<std::size_t>(i)] = value(i);
  return tensor;
}

// Small whole numbers: every order of summation gives the same products, and many of them are equal.
Tensor whole_numbers(std::int64_t rows, std::int64_t width, unsigned seed) {
  std::mt19937 random(seed);
  return matrix(rows, width, [&](std::int64_t) { return static_cast<float>(random() % 5) - 2; });
}

TopK plain_top_k(const Tensor& rows, const Tensor& columns, std::int64_t k) {
  const std::int64_t count = columns.shape()[0], width = rows.shape()[1];
  TopK top{std::min(k, count), {}, {}};
  for (std::int64_t i = 0; i < rows.shape()[0]; ++i) {
    std::vector<float> scores;
    for (std::int64_t j = 0; j < count; ++j) {
      const float* row = &rows.data<float>()[static_cast<std::size_t>(i * width)];
      scores.push_back(
          std::inner_product(row, row + width, &columns.data<float>()[static_cast<std::size_t>(j * width)], 0.0f));
    }
    std::vector<std::int32_t> order(scores.size());
    std::iota(order.begin(), order.end(), 0);
    std::stable_sort(order.begin(), order.end(), [&](auto a, auto b) { return scores[a] > scores[b]; });
    for (std::int64_t r = 0; r < top.k; ++r) {
      top.places.push_back(order[r]);
      top.scores.push_back(scores[order[r]]);
    }
  }
  return top;
}

void expect_equal(const TopK& found, const TopK& wanted) {
  EXPECT_EQ(found.k, wanted.k);
  EXPECT_EQ(found.places, wanted.places);
  EXPECT_EQ(found.scores, wanted.scores);
}

struct Sizes {
  std::int64_t rows, columns, width, k;
  int threads;
};

class TopKSizes : public testing::TestWithParam<Sizes> {};

TEST_P(TopKSizes, AgreesWithSorting) {
  const auto [rows, columns, width, k, threads] = GetParam();
  const Tensor a = whole_numbers(rows, width, 1), b = whole_numbers(columns, width, 2);
  const TopKBothWays top = top_k(a, b, {k, threads, {}});
  expect_equal(top.of_rows, plain_top_k(a, b, k));
  expect_equal(top.of_columns, plain_top_k(b, a, k));
}

INSTANTIATE_TEST_SUITE_P(Sizes, TopKSizes,
                         testing::Values(Sizes{1, 1, 1, 10, 1}, Sizes{1, 900, 17, 10, 2}, Sizes{900, 1, 17, 10, 2},
                                         Sizes{3, 7, 5, 100, 2}, Sizes{512, 1024, 16, 10, 1}, Sizes{513, 1025, 9, 3, 2},
                                         Sizes{1300, 2100, 33, 10, 3}, Sizes{700, 64, 8, 1, 4},
                                         Sizes{200, 1090, 12, 1090, 2}));

// A row has the same products wherever it lies, in whole tiles and in those that are filled up, in the first lanes of a
// kernel and in its last: else copies of a picture would be ranked by where they stand.
TEST(TopKTest, CopiesStayInOrder) {
  for (const std::int64_t width : {16, 100, 512, 1000}) {
    std::mt19937 random(static_cast<unsigned>(width));
    std::normal_distribution<float> normal;
    std::vector<float> one(static_cast<std::size_t>(width)), other(one.size());
    for (float& value : one) value = normal(random);
    for (float& value : other) value = normal(random);
    const Tensor rows = matrix(600, width, [&](std::int64_t i) { return one[static_cast<std::size_t>(i % width)]; });
    const Tensor columns =
        matrix(1500, width, [&](std::int64_t i) { return other[static_cast<std::size_t>(i % width)]; });
    const TopKBothWays top = top_k(rows, columns, {1500, 2, {}});
    EXPECT_EQ(std::set<float>(top.of_rows.scores.begin(), top.of_rows.scores.end()).size(), 1u) << width;
    for (std::int64_t i = 0; i < 600; ++i) EXPECT_TRUE(std::ranges::is_sorted(top.of_rows.row(i)));
    for (std::int64_t i = 0; i < 1500; ++i) EXPECT_TRUE(std::ranges::is_sorted(top.of_columns.row(i)));
  }
}

// Scores that only grow replace the whole heap all the time.
TEST(TopKTest, GrowingScores) {
  const Tensor one = matrix(2, 1, [](std::int64_t) { return 1.0f; });
  const Tensor growing = matrix(3000, 1, [](std::int64_t i) { return static_cast<float>(i); });
  const TopK top = top_k(one, growing, {4, 2, {}}).of_rows;
  EXPECT_EQ(top.places, (std::vector<std::int32_t>{2999, 2998, 2997, 2996, 2999, 2998, 2997, 2996}));
}

TEST(TopKTest, TellsHowFarItIs) {
  std::size_t last = 0;
  const auto progress = [&](std::size_t done, std::size_t of) {
    EXPECT_EQ(of, 6u);
    EXPECT_GE(done, last);
    last = done;
  };
  top_k(whole_numbers(1025, 4, 1), whole_numbers(1025, 4, 2), {1, 1, progress});
  EXPECT_EQ(last, 6u);
}

TEST(TopKTest, Refuses) {
  const Tensor a = whole_numbers(3, 4, 1);
  expect_bad_input([&] { top_k(a, whole_numbers(3, 5, 1), {}); }, "rows of 4 values cannot be compared with rows of 5");
  expect_bad_input([&] { top_k(a, whole_numbers(0, 4, 1), {}); }, "(0, 4)");
}

}  // namespace
}  // namespace cnclip
