#include "augment/affine.h"

#include <algorithm>
#include <cstring>

namespace cnclip {
namespace {

constexpr std::uint8_t kFill[3] = {123, 117, 104};

// The channels of a pixel side by side, the fourth unused.
using Byte4 [[gnu::vector_size(4)]] = std::uint8_t;
using Int4 [[gnu::vector_size(16)]] = int;
using Real4 [[gnu::vector_size(32)]] = double;

#define CNCLIP_INLINE [[gnu::always_inline]] inline

// a * (p1 + d * (p2 + …)) in the order of Pillow's BICUBIC, which decides the last bit. Its filter is Keys' cubic with
// a = -1, unlike that of its resize.
CNCLIP_INLINE void cubic(const Real4& p1, const Real4& p2, const Real4& p3, const Real4& p4, double d, Real4& out) {
  out = p1 + d * (p2 + d * (p3 + d * p4));
}

CNCLIP_INLINE void load(const std::uint8_t* pixel, Int4& out) {
  Byte4 bytes;
  std::memcpy(&bytes, pixel, sizeof bytes);
  out = __builtin_convertvector(bytes, Int4);
}

// Across one row, between the second and the third of the four places.
CNCLIP_INLINE void across(const std::uint8_t* row, const std::ptrdiff_t* places, double d, Real4& out) {
  Int4 v1, v2, v3, v4;
  load(row + places[0], v1);
  load(row + places[1], v2);
  load(row + places[2], v3);
  load(row + places[3], v4);
  const Int4 p2 = v3 - v1, p3 = 2 * (v1 - v2) + v3 - v4, p4 = v2 - v1 - v3 + v4;
  cubic(__builtin_convertvector(v2, Real4), __builtin_convertvector(p2, Real4), __builtin_convertvector(p3, Real4),
        __builtin_convertvector(p4, Real4), d, out);
}

CNCLIP_INLINE int floor_of(double value) {
  const int whole = static_cast<int>(value);
  return whole - (value < whole);
}

// from: interleaved, four bytes a pixel.
CNCLIP_INLINE void transform(const std::uint8_t* from, int width, int height, const Affine& m, std::uint8_t* planes) {
  const std::ptrdiff_t stride = std::ptrdiff_t{4} * width, area = std::ptrdiff_t{width} * height;
  std::uint8_t* to = planes;
  for (int row = 0; row < height; ++row) {
    for (int column = 0; column < width; ++column, ++to) {
      double x = m[0] * (column + 0.5) + m[1] * (row + 0.5) + m[2];
      double y = m[3] * (column + 0.5) + m[4] * (row + 0.5) + m[5];
      if (!(x >= 0.0 && x < width && y >= 0.0 && y < height)) {
        for (int c = 0; c < 3; ++c) to[c * area] = kFill[c];
        continue;
      }
      x -= 0.5;
      y -= 0.5;
      const int left = floor_of(x), top = floor_of(y);
      const double dx = x - left, dy = y - top;
      std::ptrdiff_t places[4];
      for (int k = 0; k < 4; ++k) places[k] = std::ptrdiff_t{4} * std::clamp(left - 1 + k, 0, width - 1);
      const auto line = [&](int k) { return from + stride * std::clamp(top - 1 + k, 0, height - 1); };
      Real4 value;
      if (dy == 0) {  // a shear: the other rows would weigh nothing
        across(line(1), places, dx, value);
      } else {
        Real4 v1, v2, v3, v4;
        across(line(0), places, dx, v1);
        across(line(1), places, dx, v2);
        across(line(2), places, dx, v3);
        across(line(3), places, dx, v4);
        cubic(v2, v3 - v1, 2.0 * (v1 - v2) + v3 - v4, v2 - v1 - v3 + v4, dy, value);
      }
      const Int4 whole = __builtin_convertvector(value, Int4);
      for (int c = 0; c < 3; ++c) to[c * area] = static_cast<std::uint8_t>(std::clamp(whole[c], 0, 255));
    }
  }
}

using Transform = void (*)(const std::uint8_t*, int, int, const Affine&, std::uint8_t*);

void transform_portable(const std::uint8_t* from, int width, int height, const Affine& m, std::uint8_t* planes) {
  transform(from, width, height, m, planes);
}

#if defined(__x86_64__)
[[gnu::target("avx2")]] void transform_avx2(const std::uint8_t* from, int width, int height, const Affine& m,
                                            std::uint8_t* planes) {
  transform(from, width, height, m, planes);
}
const Transform best_transform = __builtin_cpu_supports("avx2") ? transform_avx2 : transform_portable;
#else
const Transform best_transform = transform_portable;
#endif

}  // namespace

void apply_affine(std::span<std::uint8_t> planes, int width, int height, const Affine& matrix) {
  const std::size_t area = planes.size() / 3;
  std::vector<std::uint8_t> interleaved(4 * area);
  for (std::size_t i = 0; i < area; ++i) {
    for (std::size_t c = 0; c < 3; ++c) interleaved[4 * i + c] = planes[c * area + i];
  }
  best_transform(interleaved.data(), width, height, matrix, planes.data());
}

}  // namespace cnclip
