// Pillow's resize, to the bit (reference: Pillow's Resample.c and Geometry.c), on planes.
#pragma once

#include <cstdint>
#include <vector>

namespace cnclip {

struct Planes {
  int width = 0, height = 0, count = 0;
  std::vector<std::uint8_t> values;  // count planes of height rows
  std::uint8_t* plane(int i) { return values.data() + std::size_t(i) * std::size_t(width) * std::size_t(height); }
  const std::uint8_t* plane(int i) const { return const_cast<Planes*>(this)->plane(i); }
};

// Interleaved pixels in, planes out. Bicubic, a = -0.5, antialiased, 22-bit fixed point.
Planes resize_bicubic(const std::uint8_t* pixels, int width, int height, int channels, int out_width, int out_height);
// The pixel at each centre.
Planes resize_nearest(const std::uint8_t* pixels, int width, int height, int out_width, int out_height);

}  // namespace cnclip
