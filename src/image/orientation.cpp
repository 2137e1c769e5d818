#include <cstring>

#include "image/codecs.h"

namespace cnclip {
namespace {

// The orientation tag (0x0112) of the first directory of a TIFF structure.
int from_tiff(std::string_view tiff) {
  if (tiff.size() < 8) return 1;
  const bool big = tiff[0] == 'M';
  const auto number = [&](std::size_t at, std::size_t width) -> std::uint32_t {
    if (at + width > tiff.size()) return 0;
    std::uint32_t value = 0;
    for (std::size_t i = 0; i < width; ++i) {
      value = value << 8 | static_cast<unsigned char>(tiff[at + (big ? i : width - 1 - i)]);
    }
    return value;
  };
  const std::size_t directory = number(4, 4);
  const std::uint32_t entries = number(directory, 2);
  for (std::size_t i = 0; i < entries; ++i) {
    const std::size_t entry = directory + 2 + i * 12;
    if (entry + 12 > tiff.size()) break;
    if (number(entry, 2) != 0x0112) continue;
    const auto value = static_cast<int>(number(entry + 8, 2));
    return value >= 1 && value <= 8 ? value : 1;
  }
  return 1;
}

}  // namespace

int exif_orientation(Bytes bytes) {
  const std::string_view text(reinterpret_cast<const char*>(bytes.data()), bytes.size());
  if (text.starts_with("II*") || text.starts_with("MM")) return from_tiff(text);
  // JPEG marks the block "Exif\0\0"; PNG's chunk is called eXIf, WebP's EXIF, with or without that mark after it.
  const std::string_view head = text.substr(0, std::min<std::size_t>(text.size(), std::size_t{1} << 18));
  if (const auto place = head.find(std::string_view("Exif\0\0", 6)); place != std::string_view::npos) return from_tiff(text.substr(place + 6));
  if (const auto place = text.find("eXIf"); text.starts_with("\x89PNG") && place != std::string_view::npos) return from_tiff(text.substr(place + 4));
  if (const auto place = text.rfind("EXIF"); text.starts_with("RIFF") && place != std::string_view::npos && place + 8 <= text.size()) return from_tiff(text.substr(place + 8));
  return 1;
}

Image oriented(const Image& image, int orientation) {
  if (orientation == 1) return image;
  const bool turned = orientation >= 5;
  Image out = image;
  if (turned) std::swap(out.width, out.height);
  const auto channels = static_cast<std::size_t>(channels_of(image.mode));
  for (int y = 0; y < out.height; ++y) {
    for (int x = 0; x < out.width; ++x) {
      // Where the pixel comes from: 2 mirrors, 3 turns by 180 degrees, 4 flips; 5 to 8 are the same after a transpose.
      int u = turned ? y : x, v = turned ? x : y;
      if (orientation == 2 || orientation == 3 || orientation == 7 || orientation == 8) u = image.width - 1 - u;
      if (orientation == 3 || orientation == 4 || orientation == 6 || orientation == 7) v = image.height - 1 - v;
      const std::size_t from = static_cast<std::size_t>(v) * static_cast<std::size_t>(image.width) + static_cast<std::size_t>(u);
      const std::size_t to = static_cast<std::size_t>(y) * static_cast<std::size_t>(out.width) + static_cast<std::size_t>(x);
      std::memcpy(&out.pixels[to * channels], &image.pixels[from * channels], channels);
    }
  }
  return out;
}

}  // namespace cnclip
