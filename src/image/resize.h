// Pillow's resize, to the bit (reference: Pillow's Resample.c and Geometry.c).
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "image/resize_passes.h"

namespace cnclip {

// Pillow 13 narrows the height before the width when it shrinks it by more than twice as many pixels (earlier releases
// never do). The order shows in the last bit: between the passes values are rounded.
bool vertical_first(int width, int height, int out_width, int out_height);

// Bicubic, row by row: the picture is never whole in memory. `planes` receives `channels` planes of
// out_height x out_width bytes, which are complete once `height` rows have been pushed.
class BicubicResizer {
 public:
  BicubicResizer(int width, int height, int channels, int out_width, int out_height, std::uint8_t* planes,
                 const RowKernels& kernels = row_kernels());
  void push(const std::uint8_t* row);  // interleaved, width * channels bytes

 private:
  void store(const std::uint8_t* row);

  const int channels_, out_width_, out_height_;
  const bool vertical_first_;
  std::uint8_t* const planes_;
  VerticalPass vertical_;
  HorizontalPass horizontal_;
  int stored_ = 0;
};

// One channel of 16 bits a sample, in double precision as Pillow does it. Mode "I;16" is held to 16 bits after each of
// the two passes, mode "I" is not.
std::vector<std::int32_t> resize_bicubic_wide(std::span<const std::uint16_t> samples, int width, int height,
                                              int out_width, int out_height, bool hold_to_16_bits);

// One channel: the sample at each centre.
std::vector<std::uint8_t> resize_nearest(const std::uint8_t* pixels, int width, int height, int out_width,
                                         int out_height);

}  // namespace cnclip
