#include "engine/reference/array.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <thread>

namespace cnclip::reference {
namespace {

// Sixteen float sums side by side, which a compiler turns into vectors; every 256 products they go into a double.
double dot(const float* a, const float* b, std::int64_t count) {
  constexpr std::int64_t kLanes = 16, kBlock = 256;
  double total = 0;
  std::int64_t i = 0;
  while (i + kLanes <= count) {
    std::array<float, kLanes> lanes{};
    const std::int64_t end = std::min(count - kLanes, i + kBlock - kLanes);
    for (; i <= end; i += kLanes) {
      for (std::int64_t lane = 0; lane < kLanes; ++lane) {
        lanes[static_cast<std::size_t>(lane)] += a[i + lane] * b[i + lane];
      }
    }
    for (const float lane : lanes) total += lane;
  }
  for (; i < count; ++i) total += double{a[i]} * b[i];
  return total;
}

}  // namespace

void in_parts(int threads, std::int64_t count, const std::function<void(std::int64_t, std::int64_t)>& work) {
  const std::int64_t parts = std::clamp<std::int64_t>(threads, 1, std::max<std::int64_t>(count, 1));
  std::vector<std::jthread> others;
  for (std::int64_t part = 1; part < parts; ++part) {
    others.emplace_back(work, count * part / parts, count * (part + 1) / parts);
  }
  work(0, count / parts);
}

Array multiply(const Array& x, const Tensor& weight, const Tensor* bias, int threads) {
  const std::int64_t in = weight.shape()[1], outs = weight.shape()[0], rows = x.rows();
  Shape shape = x.shape;
  shape.back() = outs;
  Array out(shape);
  const auto work = [&](std::int64_t begin, std::int64_t end) {
    // A weight row stays in the nearest cache while all rows of x pass by.
    for (std::int64_t o = begin; o < end; ++o) {
      const float* w = weight.data<float>().data() + o * in;
      const double shift = bias == nullptr ? 0.0 : bias->data<float>()[static_cast<std::size_t>(o)];
      for (std::int64_t r = 0; r < rows; ++r) out.row(r)[o] = static_cast<float>(dot(x.row(r), w, in) + shift);
    }
  };
  constexpr std::int64_t kWorthThreads = 1 << 20;  // products; below, starting a thread costs more
  in_parts(rows * outs * in < kWorthThreads ? 1 : threads, outs, work);
  return out;
}

Array unfold(const Array& x, std::int64_t kernel, std::int64_t stride, std::int64_t padding) {
  const std::int64_t channels = x.dim(0), height = x.dim(1), width = x.dim(2);
  const std::int64_t rows = (height + 2 * padding - kernel) / stride + 1;
  const std::int64_t columns = (width + 2 * padding - kernel) / stride + 1;
  Array out({rows * columns, channels * kernel * kernel});
  for (std::int64_t place = 0; place < rows * columns; ++place) {
    float* to = out.row(place);
    for (std::int64_t c = 0; c < channels; ++c) {
      for (std::int64_t i = 0; i < kernel; ++i) {
        for (std::int64_t j = 0; j < kernel; ++j, ++to) {
          const std::int64_t y = place / columns * stride - padding + i, z = place % columns * stride - padding + j;
          const bool inside = y >= 0 && y < height && z >= 0 && z < width;
          *to = inside ? x.values[static_cast<std::size_t>((c * height + y) * width + z)] : 0.0f;
        }
      }
    }
  }
  return out;
}

Array transposed(const Array& x) {
  Array out({x.dim(1), x.dim(0)});
  for (std::int64_t i = 0; i < x.dim(0); ++i) {
    for (std::int64_t j = 0; j < x.dim(1); ++j) out.row(j)[i] = x.row(i)[j];
  }
  return out;
}

void attend(const float* query, const float* keys, const float* values, std::int64_t length, std::int64_t stride,
            std::int64_t width, int heads, float* out) {
  const std::int64_t size = width / heads;
  const double scale = 1.0 / std::sqrt(static_cast<double>(size));
  std::vector<double> weights(static_cast<std::size_t>(length)), sums(static_cast<std::size_t>(size));
  for (std::int64_t head = 0; head < width; head += size) {
    for (std::size_t i = 0; i < weights.size(); ++i) {
      weights[i] = scale * dot(query + head, keys + static_cast<std::int64_t>(i) * stride + head, size);
    }
    const double top = *std::max_element(weights.begin(), weights.end());
    double total = 0;
    for (double& weight : weights) total += weight = std::exp(weight - top);
    std::fill(sums.begin(), sums.end(), 0.0);
    for (std::size_t i = 0; i < weights.size(); ++i) {
      const float* value = values + static_cast<std::int64_t>(i) * stride + head;
      for (std::size_t j = 0; j < sums.size(); ++j) sums[j] += weights[i] * value[j];
    }
    for (std::size_t j = 0; j < sums.size(); ++j)
      out[head + static_cast<std::int64_t>(j)] = static_cast<float>(sums[j] / total);
  }
}

}  // namespace cnclip::reference
