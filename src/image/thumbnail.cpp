#include "image/thumbnail.h"

#include <algorithm>
#include <cmath>

#include "image/codecs.h"
#include "image/resize.h"
#include "image/row_pipeline.h"

namespace cnclip {

Image thumbnail(const Image& image, int longest) {
  const double scale = std::min(1.0, static_cast<double>(longest) / std::max(image.width, image.height));
  const auto scaled = [&](int side) { return std::max(1, static_cast<int>(std::lround(side * scale))); };
  Image small{scaled(image.width), scaled(image.height), ImageMode::rgb, {}, {}};
  const auto area = static_cast<std::size_t>(small.width) * static_cast<std::size_t>(small.height);
  std::vector<std::uint8_t> planes(3 * area), row(3 * static_cast<std::size_t>(image.width));
  BicubicResizer resizer(image.width, image.height, 3, small.width, small.height, planes.data());
  const std::size_t step = bytes_per_pixel(image.mode), stride = step * static_cast<std::size_t>(image.width);
  for (std::size_t at = 0; at < image.pixels.size(); at += stride) {
    if (image.mode == ImageMode::rgb) {
      resizer.push(&image.pixels[at]);
      continue;
    }
    for (std::size_t x = 0; x < row.size() / 3; ++x) {
      const Rgb rgb = to_rgb(image.mode, &image.pixels[at + x * step], image.palette);
      std::copy(rgb.begin(), rgb.end(), &row[3 * x]);
    }
    resizer.push(row.data());
  }
  small.pixels.resize(3 * area);
  for (std::size_t i = 0; i < area; ++i) {
    for (std::size_t c = 0; c < 3; ++c) small.pixels[3 * i + c] = planes[c * area + i];
  }
  return small;
}

}  // namespace cnclip
