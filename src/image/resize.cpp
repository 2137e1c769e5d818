#include "image/resize.h"

#include <algorithm>
#include <cmath>

// The same integers whatever the instruction set: sums of integers do not depend on their order.
#if defined(__x86_64__) && defined(__GNUC__) && !defined(__clang__)
#define CNCLIP_MULTIVERSION __attribute__((target_clones("arch=x86-64-v4", "arch=x86-64-v3", "default")))
#else
#define CNCLIP_MULTIVERSION
#endif

namespace cnclip {
namespace {

constexpr int kBits = 32 - 8 - 2;

double cubic(double x) {
  constexpr double a = -0.5;
  x = std::abs(x);
  if (x < 1.0) return ((a + 2.0) * x - (a + 3.0)) * x * x + 1;
  if (x < 2.0) return (((x - 5) * x + 8) * x - 4) * a;
  return 0.0;
}

// For every output place: the first input place, how many, and their weights.
struct Taps {
  int size = 0;  // weights kept for each place
  std::vector<int> first, count;
  std::vector<std::int32_t> weights;
};

Taps make_taps(int in, int out) {
  const double scale = static_cast<double>(in) / out, filter_scale = std::max(scale, 1.0);
  const double support = 2.0 * filter_scale, inverse = 1.0 / filter_scale;
  Taps taps;
  taps.size = static_cast<int>(std::ceil(support)) * 2 + 1;
  taps.weights.assign(static_cast<std::size_t>(taps.size) * static_cast<std::size_t>(out), 0);
  std::vector<double> row(static_cast<std::size_t>(taps.size));
  for (int i = 0; i < out; ++i) {
    const double center = (i + 0.5) * scale;
    const int first = std::max(0, static_cast<int>(center - support + 0.5));
    const int count = std::min(in, static_cast<int>(center + support + 0.5)) - first;
    double sum = 0;
    for (int k = 0; k < count; ++k) {
      row[static_cast<std::size_t>(k)] = cubic((k + first - center + 0.5) * inverse);
      sum += row[static_cast<std::size_t>(k)];
    }
    for (int k = 0; k < count; ++k) {
      double weight = row[static_cast<std::size_t>(k)];
      if (sum != 0.0) weight /= sum;
      weight *= 1 << kBits;
      taps.weights[static_cast<std::size_t>(i * taps.size + k)] = static_cast<std::int32_t>(weight + (weight < 0 ? -0.5 : 0.5));
    }
    taps.first.push_back(first);
    taps.count.push_back(count);
  }
  return taps;
}

std::uint8_t clipped(std::int32_t value) { return static_cast<std::uint8_t>(std::clamp(value >> kBits, 0, 255)); }

CNCLIP_MULTIVERSION
void split(const std::uint8_t* row, int width, int channels, std::uint8_t* planes) {
  for (int c = 0; c < channels; ++c) {
    for (int x = 0; x < width; ++x) planes[c * width + x] = row[x * channels + c];
  }
}

CNCLIP_MULTIVERSION
void horizontal(const std::uint8_t* row, const int* first, const int* count, const std::int32_t* weights, int size, int out,
                std::uint8_t* to) {
  for (int x = 0; x < out; ++x) {
    const std::uint8_t* from = row + first[x];
    const std::int32_t* weight = weights + static_cast<std::ptrdiff_t>(x) * size;
    std::int32_t sum = 1 << (kBits - 1);
    for (int k = 0; k < count[x]; ++k) sum += from[k] * weight[k];
    to[x] = clipped(sum);
  }
}

CNCLIP_MULTIVERSION
void vertical(const std::uint8_t* rows, int width, int count, const std::int32_t* weights, std::int32_t* sums, std::uint8_t* to) {
  for (int x = 0; x < width; ++x) sums[x] = 1 << (kBits - 1);
  for (int k = 0; k < count; ++k) {
    const std::uint8_t* row = rows + static_cast<std::ptrdiff_t>(k) * width;
    const std::int32_t weight = weights[k];
    for (int x = 0; x < width; ++x) sums[x] += row[x] * weight;
  }
  for (int x = 0; x < width; ++x) to[x] = clipped(sums[x]);
}

}  // namespace

namespace {

Planes make_planes(int width, int height, int count) {
  Planes planes{width, height, count, {}};
  planes.values.resize(static_cast<std::size_t>(width) * static_cast<std::size_t>(height) * static_cast<std::size_t>(count));
  return planes;
}

Planes split_planes(const std::uint8_t* pixels, int width, int height, int channels) {
  Planes planes = make_planes(width, height, channels);
  std::vector<std::uint8_t> line(static_cast<std::size_t>(width) * static_cast<std::size_t>(channels));
  for (std::ptrdiff_t y = 0; y < height; ++y) {
    split(pixels + y * width * channels, width, channels, line.data());
    for (int c = 0; c < channels; ++c) {
      std::copy_n(line.data() + static_cast<std::ptrdiff_t>(c) * width, width, planes.plane(c) + y * width);
    }
  }
  return planes;
}

// A pass is left out when the size stays, as in Pillow.
Planes narrowed(Planes in, int out_width) {
  if (in.width == out_width) return in;
  const Taps taps = make_taps(in.width, out_width);
  Planes out = make_planes(out_width, in.height, in.count);
  const std::ptrdiff_t rows = static_cast<std::ptrdiff_t>(in.height) * in.count;
  for (std::ptrdiff_t y = 0; y < rows; ++y) {
    horizontal(in.plane(0) + y * in.width, taps.first.data(), taps.count.data(), taps.weights.data(), taps.size, out_width,
               out.plane(0) + y * out_width);
  }
  return out;
}

Planes shortened(Planes in, int out_height) {
  if (in.height == out_height) return in;
  const Taps taps = make_taps(in.height, out_height);
  Planes out = make_planes(in.width, out_height, in.count);
  std::vector<std::int32_t> sums(static_cast<std::size_t>(in.width));
  for (int c = 0; c < in.count; ++c) {
    for (std::ptrdiff_t y = 0; y < out_height; ++y) {
      const auto i = static_cast<std::size_t>(y);
      vertical(in.plane(c) + static_cast<std::ptrdiff_t>(taps.first[i]) * in.width, in.width, taps.count[i],
               taps.weights.data() + y * taps.size, sums.data(), out.plane(c) + y * in.width);
    }
  }
  return out;
}

// Pillow 13 begins with the vertical pass where that shrinks the picture enough; the order decides the last bit.
bool vertical_first(int width, int height, int out_width, int out_height) {
  return height > out_height && height - out_height > 2 * (width - out_width);
}

}  // namespace

Planes resize_bicubic(const std::uint8_t* pixels, int width, int height, int channels, int out_width, int out_height) {
  Planes planes = split_planes(pixels, width, height, channels);
  if (vertical_first(width, height, out_width, out_height)) return narrowed(shortened(std::move(planes), out_height), out_width);
  return shortened(narrowed(std::move(planes), out_width), out_height);
}

Planes resize_nearest(const std::uint8_t* pixels, int width, int height, int out_width, int out_height) {
  Planes out{out_width, out_height, 1, std::vector<std::uint8_t>(static_cast<std::size_t>(out_width) * static_cast<std::size_t>(out_height))};
  // Coordinates are summed up step by step, as Pillow sums them.
  const double step_x = static_cast<double>(width) / out_width, step_y = static_cast<double>(height) / out_height;
  double v = step_y * 0.5;
  for (int y = 0; y < out_height; ++y, v += step_y) {
    double u = step_x * 0.5;
    for (int x = 0; x < out_width; ++x, u += step_x) {
      const int from_x = std::min(static_cast<int>(u), width - 1), from_y = std::min(static_cast<int>(v), height - 1);
      out.values[static_cast<std::size_t>(y) * static_cast<std::size_t>(out_width) + static_cast<std::size_t>(x)] =
          pixels[static_cast<std::ptrdiff_t>(from_y) * width + from_x];
    }
  }
  return out;
}

}  // namespace cnclip
