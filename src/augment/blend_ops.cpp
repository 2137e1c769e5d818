#include <algorithm>
#include <array>
#include <cstring>
#include <vector>

#include "augment/op_families.h"

namespace cnclip {
namespace {

// Pillow's Image.blend. Within [0, 1] it does not clip, for nothing there needs it.
std::uint8_t blended(int degenerate, int value, float factor) {
  const float sum = static_cast<float>(degenerate) + factor * static_cast<float>(value - degenerate);
  return static_cast<std::uint8_t>(std::min(std::max(sum, 0.0f), 255.0f));
}

// Pillow's convert("L").
int grey_of(int red, int green, int blue) {
  return (19595 * red + 38470 * green + 7471 * blue + 32768) >> 16;
}

}  // namespace

void color(std::span<std::uint8_t> planes, float factor) {
  const std::size_t area = planes.size() / 3;
  std::uint8_t *red = planes.data(), *green = red + area, *blue = green + area;
  for (std::size_t i = 0; i < area; ++i) {
    const int grey = grey_of(red[i], green[i], blue[i]);
    red[i] = blended(grey, red[i], factor);
    green[i] = blended(grey, green[i], factor);
    blue[i] = blended(grey, blue[i], factor);
  }
}

void contrast(std::span<std::uint8_t> planes, float factor) {
  const std::size_t area = planes.size() / 3;
  if (area == 0) return;
  const std::uint8_t *red = planes.data(), *green = red + area, *blue = green + area;
  std::uint64_t sum = 0;
  for (std::size_t i = 0; i < area; ++i) sum += static_cast<std::uint32_t>(grey_of(red[i], green[i], blue[i]));
  const int mean = static_cast<int>((2 * sum + area) / (2 * area));  // rounded, halves up
  std::array<std::uint8_t, 256> table;
  for (int v = 0; v < 256; ++v) table[static_cast<std::size_t>(v)] = blended(mean, v, factor);
  for (std::uint8_t& value : planes) value = table[value];
}

void sharpness(std::span<std::uint8_t> planes, int width, int height, float factor) {
  // Pillow copies what is smaller than its 3 x 3 kernel, and the outermost pixels.
  if (width < 3 || height < 3) return;
  const auto row = static_cast<std::size_t>(width);
  std::vector<std::uint8_t> above(row), here(row);  // rows as they were; the one below is still untouched
  for (std::size_t c = 0; c < 3; ++c) {
    std::uint8_t* line = planes.data() + c * (planes.size() / 3);
    std::memcpy(above.data(), line, row);
    for (int y = 1; y + 1 < height; ++y) {
      line += row;
      std::memcpy(here.data(), line, row);
      const std::uint8_t *a = above.data(), *h = here.data(), *below = line + row;
      for (std::size_t x = 1; x + 1 < row; ++x) {
        const int sum =
            a[x - 1] + a[x] + a[x + 1] + h[x - 1] + 5 * h[x] + h[x + 1] + below[x - 1] + below[x] + below[x + 1];
        // Pillow sums floating-point thirteenths and rounds; no sum lies so near a half that it could matter.
        line[x] = blended((sum + 6) / 13, h[x], factor);
      }
      above.swap(here);
    }
  }
}

}  // namespace cnclip
