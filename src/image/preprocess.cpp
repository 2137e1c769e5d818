#include <algorithm>
#include <cstring>

#include "base/error.h"
#include "image/row_pipeline.h"

namespace cnclip {
namespace {

bool nearest_only(ImageMode mode) {
  return mode == ImageMode::bilevel || mode == ImageMode::palette;
}
bool wide(ImageMode mode) {
  return mode == ImageMode::i16 || mode == ImageMode::i32;
}

Image converted_to_rgb(const Image& image) {
  Image out{image.width, image.height, ImageMode::rgb, {}, {}};
  const std::size_t step = bytes_per_pixel(image.mode);
  out.pixels.resize(image.pixels.size() / step * 3);
  for (std::size_t i = 0; i * step < image.pixels.size(); ++i) {
    const Rgb rgb = to_rgb(image.mode, &image.pixels[i * step], image.palette);
    std::copy(rgb.begin(), rgb.end(), &out.pixels[i * 3]);
  }
  return out;
}

void nearest(const Image& image, int size, std::span<std::uint8_t> planes) {
  const auto from = resize_nearest(image.pixels.data(), image.width, image.height, size, size);
  for (std::size_t i = 0; i < from.size(); ++i) {
    const Rgb rgb = to_rgb(image.mode, &from[i], image.palette);
    for (std::size_t c = 0; c < 3; ++c) planes[c * from.size() + i] = rgb[c];
  }
}

void grey_of_16_bits(const Image& image, int size, std::span<std::uint8_t> planes) {
  std::vector<std::uint16_t> samples(image.pixels.size() / 2);
  std::memcpy(samples.data(), image.pixels.data(), image.pixels.size());
  const auto values = resize_bicubic_wide(samples, image.width, image.height, size, size, image.mode == ImageMode::i16);
  for (std::size_t i = 0; i < values.size(); ++i) {
    const auto value = static_cast<std::uint8_t>(std::clamp(values[i], 0, 255));
    for (std::size_t c = 0; c < 3; ++c) planes[c * values.size() + i] = value;
  }
}

void check_image(const Image& image) {
  const auto width = static_cast<std::size_t>(image.width), height = static_cast<std::size_t>(image.height);
  if (image.width <= 0 || image.height <= 0 || image.pixels.size() != width * height * bytes_per_pixel(image.mode)) {
    throw_usage("image: {} bytes for {} x {} pixels", image.pixels.size(), image.width, image.height);
  }
  if (image.mode == ImageMode::palette && image.palette.size() != std::size_t{256} * 3) {
    throw_usage("image: a palette of {} bytes, not of 256 colours", image.palette.size());
  }
}

}  // namespace

void preprocess_u8(const Image& image, int size, std::span<std::uint8_t> planes, PreprocessOrder order) {
  check_planes(planes.size(), size);
  check_image(image);
  const bool streams = !nearest_only(image.mode) && !wide(image.mode);
  if (!streams && order == PreprocessOrder::rgb_then_resize) {
    preprocess_u8(converted_to_rgb(image), size, planes, order);
  } else if (wide(image.mode)) {
    grey_of_16_bits(image, size, planes);
  } else if (!streams) {
    nearest(image, size, planes);
  } else {
    RowPipeline pipeline(image.width, image.height, image.mode, size, order, planes);
    const std::size_t stride = static_cast<std::size_t>(image.width) * bytes_per_pixel(image.mode);
    for (std::size_t at = 0; at < image.pixels.size(); at += stride) pipeline.push(image.pixels.data() + at);
    pipeline.finish();
  }
}

void normalize_pixels(std::span<const std::uint8_t> planes, std::span<float> normalized) {
  constexpr float kMean[3] = {0.48145466f, 0.4578275f, 0.40821073f};
  constexpr float kStd[3] = {0.26862954f, 0.26130258f, 0.27577711f};
  const std::size_t area = planes.size() / 3;
  for (std::size_t c = 0; c < 3; ++c) {
    float values[256];
    for (int v = 0; v < 256; ++v) values[v] = (static_cast<float>(v) / 255.0f - kMean[c]) / kStd[c];
    for (std::size_t i = c * area; i < (c + 1) * area; ++i) normalized[i] = values[planes[i]];
  }
}

void preprocess(const Image& image, int size, std::span<float> planes, PreprocessOrder order) {
  std::vector<std::uint8_t> bytes(planes.size());
  preprocess_u8(image, size, bytes, order);
  normalize_pixels(bytes, planes);
}

}  // namespace cnclip
