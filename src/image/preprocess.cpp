#include <algorithm>
#include <array>

#include "base/error.h"
#include "image/codecs.h"
#include "image/resize.h"

namespace cnclip {
namespace {

// a * b / 255, rounded, as Pillow's MULDIV255.
int scaled(int a, int b) {
  const int product = a * b + 128;
  return ((product >> 8) + product) >> 8;
}

void premultiply(Image& image) {
  const auto channels = static_cast<std::size_t>(channels_of(image.mode));
  for (std::size_t i = 0; i < image.pixels.size(); i += channels) {
    for (std::size_t c = 0; c + 1 < channels; ++c) {
      image.pixels[i + c] = static_cast<std::uint8_t>(scaled(image.pixels[i + c], image.pixels[i + channels - 1]));
    }
  }
}

void unpremultiply(Planes& planes) {
  const std::size_t size = static_cast<std::size_t>(planes.width) * static_cast<std::size_t>(planes.height);
  const std::uint8_t* alpha = planes.plane(planes.count - 1);
  for (int c = 0; c + 1 < planes.count; ++c) {
    std::uint8_t* values = planes.plane(c);
    for (std::size_t i = 0; i < size; ++i) {
      if (alpha[i] != 0 && alpha[i] != 255) values[i] = static_cast<std::uint8_t>(std::min(255, 255 * values[i] / alpha[i]));
    }
  }
}

// One pixel's channels to RGB, as Pillow's convert("RGB").
std::array<std::uint8_t, 3> to_rgb(ImageMode mode, const std::array<std::uint8_t, 4>& v, const std::vector<std::uint8_t>& palette) {
  switch (mode) {
    case ImageMode::palette: {
      const std::size_t at = std::size_t{v[0]} * 3;
      return {palette[at], palette[at + 1], palette[at + 2]};
    }
    case ImageMode::bilevel:
    case ImageMode::l:
    case ImageMode::la: return {v[0], v[0], v[0]};
    case ImageMode::rgb:
    case ImageMode::rgba: return {v[0], v[1], v[2]};
    case ImageMode::cmyk: {
      const int white = 255 - v[3];
      const auto ink = [&](int c) { return static_cast<std::uint8_t>(std::clamp(white - scaled(c, white), 0, 255)); };
      return {ink(v[0]), ink(v[1]), ink(v[2])};
    }
  }
  throw_internal("image: unknown mode");
}

Image converted_to_rgb(const Image& image) {
  Image out{image.width, image.height, ImageMode::rgb, {}, {}};
  const auto channels = static_cast<std::size_t>(channels_of(image.mode));
  out.pixels.resize(image.pixels.size() / channels * 3);
  for (std::size_t i = 0; i * channels < image.pixels.size(); ++i) {
    std::array<std::uint8_t, 4> values{};
    std::copy_n(&image.pixels[i * channels], channels, values.begin());
    const auto rgb = to_rgb(image.mode, values, image.palette);
    std::copy(rgb.begin(), rgb.end(), &out.pixels[i * 3]);
  }
  return out;
}

Planes resized(const Image& image, int size) {
  const int channels = channels_of(image.mode);
  if (image.mode == ImageMode::bilevel || image.mode == ImageMode::palette) {
    return resize_nearest(image.pixels.data(), image.width, image.height, size, size);
  }
  const bool same = image.width == size && image.height == size;
  if ((image.mode != ImageMode::la && image.mode != ImageMode::rgba) || same) {
    return resize_bicubic(image.pixels.data(), image.width, image.height, channels, size, size);
  }
  Image copy = image;
  premultiply(copy);
  Planes planes = resize_bicubic(copy.pixels.data(), copy.width, copy.height, channels, size, size);
  unpremultiply(planes);
  return planes;
}

}  // namespace

void preprocess_u8(const Image& image, int size, std::span<std::uint8_t> planes, PreprocessOrder order) {
  const std::size_t area = static_cast<std::size_t>(size) * static_cast<std::size_t>(size);
  if (size <= 0 || planes.size() != 3 * area) throw_usage("preprocess: {} values for a size of {}", planes.size(), size);
  if (order == PreprocessOrder::rgb_then_resize && image.mode != ImageMode::rgb) {
    return preprocess_u8(converted_to_rgb(image), size, planes, order);
  }
  const Planes from = resized(image, size);
  if (image.mode == ImageMode::rgb) {
    std::copy(from.values.begin(), from.values.end(), planes.begin());
    return;
  }
  for (std::size_t i = 0; i < area; ++i) {
    std::array<std::uint8_t, 4> values{};
    for (int c = 0; c < from.count; ++c) values[static_cast<std::size_t>(c)] = from.plane(c)[i];
    const auto rgb = to_rgb(image.mode, values, image.palette);
    for (std::size_t c = 0; c < 3; ++c) planes[c * area + i] = rgb[c];
  }
}

void preprocess(const Image& image, int size, std::span<float> planes, PreprocessOrder order) {
  constexpr std::array<float, 3> kMean = {0.48145466f, 0.4578275f, 0.40821073f};
  constexpr std::array<float, 3> kStd = {0.26862954f, 0.26130258f, 0.27577711f};
  std::vector<std::uint8_t> bytes(planes.size());
  preprocess_u8(image, size, bytes, order);
  const std::size_t area = bytes.size() / 3;
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    planes[i] = (static_cast<float>(bytes[i]) / 255.0f - kMean[i / area]) / kStd[i / area];
  }
}

}  // namespace cnclip
