#include "augment/affine.h"

#include <algorithm>
#include <cstring>

namespace cnclip {
namespace {

constexpr std::uint8_t kFill[3] = {123, 117, 104};

// The channels of a pixel side by side, the fourth unused. Doubles from the beginning: conversions would cost more than
// the memory does.
using Real4 [[gnu::vector_size(32)]] = double;
using Int4 [[gnu::vector_size(16)]] = int;

#define CNCLIP_INLINE [[gnu::always_inline]] inline

CNCLIP_INLINE void load(const double* pixel, Real4& out) {
  std::memcpy(&out, pixel, sizeof out);
}

// Between the second and the third of four numbers or pixels.
CNCLIP_INLINE void between(const Real4& v1, const Real4& v2, const Real4& v3, const Real4& v4, double d, Real4& out) {
  const Real4 p2 = v3 - v1, p3 = 2.0 * (v1 - v2) + v3 - v4, p4 = v2 - v1 - v3 + v4;
  // In the order of Pillow's BICUBIC, which decides the last bit. Its filter here is Keys' cubic with a = -1, unlike
  // that of its resize.
  out = v2 + d * (p2 + d * (p3 + d * p4));
}

CNCLIP_INLINE void across(const double* row, double d, Real4& out) {
  Real4 v1, v2, v3, v4;
  load(row, v1);
  load(row + 4, v2);
  load(row + 8, v3);
  load(row + 12, v4);
  between(v1, v2, v3, v4, d, out);
}

CNCLIP_INLINE int floor_of(double value) {
  const int whole = static_cast<int>(value);
  return whole - (value < whole);
}

// A picture with its outermost pixels repeated kMargin times on every side, so that no tap falls outside.
constexpr int kMargin = 2;

struct Padded {
  int width, height;           // without the margins
  std::ptrdiff_t stride;       // numbers from row to row
  std::vector<double> pixels;  // four numbers each
};

// Where the pixels of one row of the output come from.
struct Origins {
  std::vector<int> place;  // of the first of the 4 x 4 taps; negative: from outside
  std::vector<double> dx, dy;
};

CNCLIP_INLINE void find_origins(const Padded& from, const Affine& m, int row, Origins& origins) {
  const double w = from.width, h = from.height, at_x = m[1] * (row + 0.5), at_y = m[4] * (row + 0.5);
  const int stride = static_cast<int>(from.stride);
  int* const place = origins.place.data();
  double *const dx = origins.dx.data(), *const dy = origins.dy.data();
  for (int column = 0; column < from.width; ++column) {
    const double x = m[0] * (column + 0.5) + at_x + m[2], y = m[3] * (column + 0.5) + at_y + m[5];
    const bool inside = (x >= 0.0) & (x < w) & (y >= 0.0) & (y < h);
    const double cx = x - 0.5, cy = y - 0.5;
    const int left = floor_of(cx), top = floor_of(cy);
    place[column] = inside ? (top - 1 + kMargin) * stride + 4 * (left - 1 + kMargin) : -1;
    dx[column] = cx - left;
    dy[column] = cy - top;
  }
}

CNCLIP_INLINE void transform(const Padded& from, const Affine& m, std::uint8_t* planes) {
  const std::ptrdiff_t stride = from.stride, area = std::ptrdiff_t{from.width} * from.height;
  const auto width = static_cast<std::size_t>(from.width);
  Origins origins{std::vector<int>(width), std::vector<double>(width), std::vector<double>(width)};
  std::uint8_t* to = planes;
  for (int row = 0; row < from.height; ++row) {
    find_origins(from, m, row, origins);
    for (std::size_t column = 0; column < width; ++column, ++to) {
      if (origins.place[column] < 0) {
        for (int c = 0; c < 3; ++c) to[c * area] = kFill[c];
        continue;
      }
      const double* taps = from.pixels.data() + origins.place[column];
      const double dx = origins.dx[column], dy = origins.dy[column];
      Real4 value;
      if (dy == 0) {  // a shear: the other rows would weigh nothing
        across(taps + stride, dx, value);
      } else {
        Real4 v1, v2, v3, v4;
        across(taps, dx, v1);
        across(taps + stride, dx, v2);
        across(taps + 2 * stride, dx, v3);
        across(taps + 3 * stride, dx, v4);
        between(v1, v2, v3, v4, dy, value);
      }
      value = value > 0.0 ? value : Real4{};
      value = value < 255.0 ? value : Real4{} + 255.0;
      const Int4 whole = __builtin_convertvector(value, Int4);
      for (int c = 0; c < 3; ++c) to[c * area] = static_cast<std::uint8_t>(whole[c]);
    }
  }
}

using Transform = void (*)(const Padded&, const Affine&, std::uint8_t*);

void transform_portable(const Padded& from, const Affine& m, std::uint8_t* planes) {
  transform(from, m, planes);
}

#if defined(__x86_64__)
[[gnu::target("avx2")]] void transform_avx2(const Padded& from, const Affine& m, std::uint8_t* planes) {
  transform(from, m, planes);
}
const Transform kBestTransform = __builtin_cpu_supports("avx2") ? transform_avx2 : transform_portable;
#else
const Transform kBestTransform = transform_portable;
#endif

Padded padded(std::span<const std::uint8_t> planes, int width, int height) {
  Padded out{width, height, 4 * (std::ptrdiff_t{width} + 2 * kMargin), {}};
  out.pixels.resize(static_cast<std::size_t>(out.stride * (height + 2 * kMargin)));
  const std::size_t area = planes.size() / 3;
  double* to = out.pixels.data();
  for (int y = -kMargin; y < height + kMargin; ++y) {
    const std::uint8_t* row = planes.data() + std::ptrdiff_t{width} * std::clamp(y, 0, height - 1);
    const auto pixel = [&](std::size_t x) {
      for (std::size_t c = 0; c < 3; ++c) to[c] = row[c * area + x];
      to += 4;
    };
    for (int i = 0; i < kMargin; ++i) pixel(0);
    for (std::size_t x = 0; x < static_cast<std::size_t>(width); ++x) pixel(x);
    for (int i = 0; i < kMargin; ++i) pixel(static_cast<std::size_t>(width) - 1);
  }
  return out;
}

}  // namespace

void apply_affine(std::span<std::uint8_t> planes, int width, int height, const Affine& matrix) {
  kBestTransform(padded(planes, width, height), matrix, planes.data());
}

}  // namespace cnclip
