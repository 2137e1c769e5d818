// Rows of a picture, in any mode that is resized by bicubic, to RGB planes.
#pragma once

#include <array>

#include "image/codecs.h"
#include "image/resize.h"

namespace cnclip {

using Rgb = std::array<std::uint8_t, 3>;

// a * b / 255, rounded, as Pillow's MULDIV255.
inline int scaled_255(int a, int b) {
  const int product = a * b + 128;
  return ((product >> 8) + product) >> 8;
}

// One pixel, as Pillow's convert("RGB"); `palette` is looked at for ImageMode::palette only.
Rgb to_rgb(ImageMode mode, const std::uint8_t* pixel, const std::vector<std::uint8_t>& palette);

class RowPipeline {
 public:
  // planes: 3 x size x size bytes (check_planes), complete after finish(). Neither palette, bilevel nor 16-bit
  // pictures.
  RowPipeline(int width, int height, ImageMode mode, int size, PreprocessOrder order, std::span<std::uint8_t> planes);
  void push(const std::uint8_t* row);
  void finish();

 private:
  const int width_;
  const std::size_t area_;
  const ImageMode mode_;
  const bool rgb_first_;
  const bool premultiplied_;
  const std::span<std::uint8_t> planes_;
  std::vector<std::uint8_t> own_planes_;  // where the resized channels are not yet RGB
  std::vector<std::uint8_t> row_;
  BicubicResizer resizer_;
};

// Throws usage unless planes holds 3 x size x size values.
void check_planes(std::size_t planes, int size);

}  // namespace cnclip
