#include "image/resize.h"

#include <algorithm>
#include <cstring>

namespace cnclip {

bool vertical_first(int width, int height, int out_width, int out_height) {
  return height > out_height && height - out_height > 2 * (std::int64_t{width} - out_width);
}

BicubicResizer::BicubicResizer(int width, int height, int channels, int out_width, int out_height, std::uint8_t* planes,
                               const RowKernels& kernels)
    : channels_(channels),
      out_width_(out_width),
      out_height_(out_height),
      vertical_first_(vertical_first(width, height, out_width, out_height)),
      planes_(planes),
      vertical_(height, out_height, static_cast<std::size_t>((vertical_first_ ? width : out_width) * channels),
                kernels),
      horizontal_(width, out_width, channels, vertical_first_ ? out_height : height, kernels) {}

void BicubicResizer::push(const std::uint8_t* row) {
  if (vertical_first_) {
    vertical_.push(row);
    while (const std::uint8_t* whole = vertical_.next()) {
      const int ready = horizontal_.push(whole);
      for (int i = 0; i < ready; ++i) store(horizontal_.row(i));
    }
    return;
  }
  const int ready = horizontal_.push(row);
  for (int i = 0; i < ready; ++i) {
    vertical_.push(horizontal_.row(i));
    while (const std::uint8_t* whole = vertical_.next()) store(whole);
  }
}

void BicubicResizer::store(const std::uint8_t* row) {
  const auto width = static_cast<std::size_t>(out_width_);
  for (std::size_t c = 0; c < static_cast<std::size_t>(channels_); ++c) {
    const std::size_t line = c * static_cast<std::size_t>(out_height_) + static_cast<std::size_t>(stored_);
    std::memcpy(planes_ + line * width, row + c * width, width);
  }
  ++stored_;
}

std::vector<std::uint8_t> resize_nearest(const std::uint8_t* pixels, int width, int height, int out_width,
                                         int out_height) {
  // Coordinates are summed up step by step, as Pillow sums them, with its roundings.
  const auto places = [](int in, int out) {
    std::vector<int> result;
    const double step = static_cast<double>(in) / out;
    double at = step * 0.5;
    for (int i = 0; i < out; ++i, at += step) result.push_back(std::min(static_cast<int>(at), in - 1));
    return result;
  };
  const std::vector<int> columns = places(width, out_width);
  std::vector<std::uint8_t> out;
  out.reserve(static_cast<std::size_t>(out_width) * static_cast<std::size_t>(out_height));
  for (const int y : places(height, out_height)) {
    const std::uint8_t* row = pixels + static_cast<std::ptrdiff_t>(y) * width;
    for (const int x : columns) out.push_back(row[x]);
  }
  return out;
}

}  // namespace cnclip
