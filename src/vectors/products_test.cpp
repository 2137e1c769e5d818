#include "vectors/products.h"

#include <gtest/gtest.h>

#include <cmath>
#include <vector>

#include "base/random.h"

namespace cnclip {
namespace {

template <class T>
std::vector<T> draw(Random& random, std::int64_t count) {
  std::vector<T> values(static_cast<std::size_t>(count));
  for (T& value : values) value = static_cast<T>(random.uniform() - 0.5);
  return values;
}

template <class T>
class Products : public testing::Test {};
using Types = testing::Types<float, double>;
TYPED_TEST_SUITE(Products, Types);

TYPED_TEST(Products, OfAllLayouts) {
  using T = TypeParam;
  Random random(1);
  for (const auto& [m, n, k] :
       std::vector<std::tuple<int, int, int>>{{1, 1, 1}, {3, 5, 7}, {33, 65, 130}, {2, 300, 64}}) {
    const auto a = draw<T>(random, m * k), b = draw<T>(random, k * n);
    const MatrixView<T> plain_a{a.data(), m, k}, turned_a = MatrixView<T>{a.data(), k, m}.transposed();
    const MatrixView<T> plain_b{b.data(), k, n}, turned_b = MatrixView<T>{b.data(), n, k}.transposed();
    for (const MatrixView<T>& left : {plain_a, turned_a}) {
      for (const MatrixView<T>& right : {plain_b, turned_b}) {
        std::vector<T> sum(static_cast<std::size_t>(m * n), T{2});
        multiply(left, right, T{0.5}, sum.data());
        for (int i = 0; i < m; ++i) {
          for (int j = 0; j < n; ++j) {
            double wanted = 1;
            for (int x = 0; x < k; ++x) {
              wanted += static_cast<double>(left.values[i * left.row_step + x * left.column_step]) *
                        static_cast<double>(right.values[x * right.row_step + j * right.column_step]);
            }
            EXPECT_NEAR(sum[static_cast<std::size_t>(i * n + j)], wanted, 1e-5);
          }
        }
      }
    }
  }
}

// What lay there before does not count when nothing of it is kept.
TEST(Products, OverwriteWhatIsNoNumber) {
  const float one = 1;
  float sum = NAN;
  multiply(MatrixView<float>{&one, 1, 1}, MatrixView<float>{&one, 1, 1}, 0, &sum);
  EXPECT_EQ(sum, 1);
}

TYPED_TEST(Products, SameBitsInEveryPlace) {
  using T = TypeParam;
  Random random(2);
  for (const int width : {16, 64, 512}) {
    const int rows = 200, columns = 130;
    std::vector<T> a, b;
    const auto row = draw<T>(random, width), column = draw<T>(random, width);
    for (int i = 0; i < rows; ++i) a.insert(a.end(), row.begin(), row.end());
    for (int i = 0; i < columns; ++i) b.insert(b.end(), column.begin(), column.end());
    std::vector<T> sum(static_cast<std::size_t>(rows * columns));
    multiply({a.data(), rows, width}, MatrixView<T>{b.data(), columns, width}.transposed(), T{0}, sum.data());
    for (const T value : sum) ASSERT_EQ(value, sum[0]);
  }
}

}  // namespace
}  // namespace cnclip
