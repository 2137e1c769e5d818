#include <algorithm>
#include <cmath>

#include "base/error.h"
#include "checkpoint/load.h"

namespace cnclip {
namespace {

// Keys' cubic with a = -0.75, PyTorch's choice.
double cubic(double x) {
  constexpr double a = -0.75;
  x = std::abs(x);
  if (x <= 1) return ((a + 2) * x - (a + 3)) * x * x + 1;
  if (x < 2) return ((a * x - 5 * a) * x + 8 * a) * x - 4 * a;
  return 0;
}

struct Taps {
  std::int64_t place[4];
  double weight[4];
};

Taps taps_at(std::int64_t out, std::int64_t from, std::int64_t to) {
  const double source =
      to > 1 ? static_cast<double>(out) * static_cast<double>(from - 1) / static_cast<double>(to - 1) : 0;
  const auto base = static_cast<std::int64_t>(std::floor(source));
  Taps taps{};
  for (std::int64_t k = 0; k < 4; ++k) {
    const std::int64_t place = base - 1 + k;
    taps.weight[k] = cubic(source - static_cast<double>(place));
    taps.place[k] = std::clamp<std::int64_t>(place, 0, from - 1);
  }
  return taps;
}

}  // namespace

Tensor resize_positions(const Tensor& table, std::int64_t side) {
  const Tensor from = table.to(DType::f32);
  const std::int64_t width = from.shape().at(1);
  const auto grid = static_cast<std::int64_t>(std::sqrt(static_cast<double>(from.shape()[0] - 1)));
  Tensor to = Tensor::allocate(DType::f32, {side * side + 1, width});
  const float* in = from.data<float>().data();
  float* out = to.mutable_data<float>().data();
  std::copy(in, in + width, out);
  for (std::int64_t y = 0; y < side; ++y) {
    const Taps rows = taps_at(y, grid, side);
    for (std::int64_t x = 0; x < side; ++x) {
      const Taps columns = taps_at(x, grid, side);
      float* row = out + (1 + y * side + x) * width;
      for (std::int64_t c = 0; c < width; ++c) {
        double sum = 0;
        for (int i = 0; i < 4; ++i) {
          for (int j = 0; j < 4; ++j) {
            sum += rows.weight[i] * columns.weight[j] * in[(1 + rows.place[i] * grid + columns.place[j]) * width + c];
          }
        }
        row[c] = static_cast<float>(sum);
      }
    }
  }
  return to;
}

}  // namespace cnclip
