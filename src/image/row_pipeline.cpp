#include "image/row_pipeline.h"

#include <algorithm>
#include <cstring>

#include "base/error.h"

namespace cnclip {
namespace {

bool has_alpha(ImageMode mode) {
  return mode == ImageMode::la || mode == ImageMode::rgba;
}

void premultiply(const std::uint8_t* row, int width, std::size_t channels, std::uint8_t* to) {
  for (int x = 0; x < width; ++x, row += channels, to += channels) {
    const int alpha = row[channels - 1];
    for (std::size_t c = 0; c + 1 < channels; ++c) to[c] = static_cast<std::uint8_t>(scaled_255(row[c], alpha));
    to[channels - 1] = static_cast<std::uint8_t>(alpha);
  }
}

std::uint8_t unpremultiplied(std::uint8_t value, std::uint8_t alpha) {
  if (alpha == 0 || alpha == 255) return value;
  return static_cast<std::uint8_t>(std::min(255, 255 * value / alpha));
}

}  // namespace

Rgb to_rgb(ImageMode mode, const std::uint8_t* pixel, const std::vector<std::uint8_t>& palette) {
  switch (mode) {
    case ImageMode::palette: {
      const std::uint8_t* color = palette.data() + std::size_t{*pixel} * 3;
      return {color[0], color[1], color[2]};
    }
    case ImageMode::bilevel:
    case ImageMode::l:
    case ImageMode::la: return {*pixel, *pixel, *pixel};
    case ImageMode::rgb:
    case ImageMode::rgba: return {pixel[0], pixel[1], pixel[2]};
    case ImageMode::cmyk: {
      const int white = 255 - pixel[3];
      const auto light = [&](int ink) {
        return static_cast<std::uint8_t>(std::max(0, white - scaled_255(ink, white)));
      };
      return {light(pixel[0]), light(pixel[1]), light(pixel[2])};
    }
    case ImageMode::i16:
    case ImageMode::i32: {
      std::uint16_t wide;
      std::memcpy(&wide, pixel, sizeof wide);
      const auto value = static_cast<std::uint8_t>(std::min<int>(wide, 255));
      return {value, value, value};
    }
  }
  throw_internal("image: unknown mode");
}

void check_planes(std::size_t planes, int size) {
  if (size <= 0 || planes != 3 * static_cast<std::size_t>(size) * static_cast<std::size_t>(size)) {
    throw_usage("preprocess: {} values for a size of {}", planes, size);
  }
}

RowPipeline::RowPipeline(int width, int height, ImageMode mode, int size, PreprocessOrder order,
                         std::span<std::uint8_t> planes)
    : width_(width),
      area_(static_cast<std::size_t>(size) * static_cast<std::size_t>(size)),
      mode_(mode),
      rgb_first_(order == PreprocessOrder::rgb_then_resize && mode != ImageMode::rgb),
      // Pillow copies a picture that has its size already, and neither multiplies nor divides.
      premultiplied_(!rgb_first_ && has_alpha(mode) && (width != size || height != size)),
      planes_(planes),
      own_planes_(rgb_first_ || mode == ImageMode::rgb ? 0 : area_ * static_cast<std::size_t>(channels_of(mode))),
      row_(static_cast<std::size_t>(width) * 4),
      resizer_(width, height, rgb_first_ ? 3 : channels_of(mode), size, size,
               own_planes_.empty() ? planes.data() : own_planes_.data()) {}

void RowPipeline::push(const std::uint8_t* row) {
  if (rgb_first_) {
    const std::size_t channels = bytes_per_pixel(mode_);
    for (int x = 0; x < width_; ++x) {
      const auto place = static_cast<std::size_t>(x);
      const Rgb rgb = to_rgb(mode_, row + place * channels, {});
      std::copy(rgb.begin(), rgb.end(), row_.begin() + static_cast<std::ptrdiff_t>(place * 3));
    }
    row = row_.data();
  } else if (premultiplied_) {
    premultiply(row, width_, bytes_per_pixel(mode_), row_.data());
    row = row_.data();
  }
  resizer_.push(row);
}

void RowPipeline::finish() {
  if (own_planes_.empty()) return;
  const auto channels = static_cast<std::size_t>(channels_of(mode_));
  for (std::size_t i = 0; i < area_; ++i) {
    std::uint8_t pixel[4];
    for (std::size_t c = 0; c < channels; ++c) pixel[c] = own_planes_[c * area_ + i];
    if (premultiplied_) {
      for (std::size_t c = 0; c + 1 < channels; ++c) pixel[c] = unpremultiplied(pixel[c], pixel[channels - 1]);
    }
    const Rgb rgb = to_rgb(mode_, pixel, {});
    for (std::size_t c = 0; c < 3; ++c) planes_[c * area_ + i] = rgb[c];
  }
}

}  // namespace cnclip
