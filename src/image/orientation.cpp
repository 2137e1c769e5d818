#include <cstring>

#include "image/byte_reader.h"

namespace cnclip {
namespace {

constexpr int kOrientationTag = 0x0112;

int checked(int value) {
  return value >= 1 && value <= 8 ? value : 1;
}

// The orientation in the first directory of a TIFF structure.
int from_tiff(Bytes bytes) {
  const ByteReader tiff(bytes, "EXIF");
  const bool big = tiff.u8(0) == 'M';
  const auto u16 = [&](std::size_t at) { return big ? tiff.u16be(at) : tiff.u16le(at); };
  const auto u32 = [&](std::size_t at) { return big ? tiff.u32be(at) : tiff.u32le(at); };
  const bool wide = u16(2) == 43;  // BigTIFF: 64-bit offsets, of which files within the limit use the lower half
  const std::size_t offset_at = wide ? (big ? 12 : 8) : 4;
  const std::size_t directory = u32(offset_at), entry_size = wide ? 20 : 12;
  const std::size_t count = u16(directory + (wide && big ? 6 : 0)), entries = directory + (wide ? 8 : 2);
  for (std::size_t i = 0; i < count; ++i) {
    const std::size_t entry = entries + i * entry_size;
    if (u16(entry) == kOrientationTag) return checked(u16(entry + (wide ? 12 : 8)));
  }
  return 1;
}

Bytes without_exif_mark(Bytes bytes) {
  const bool marked = bytes.size() >= 6 && std::memcmp(bytes.data(), "Exif\0\0", 6) == 0;
  return marked ? bytes.subspan(6) : bytes;
}

// The EXIF block, empty where there is none. Blocks are walked from header to header.
Bytes exif_of_jpeg(Bytes bytes) {
  const ByteReader jpeg(bytes, "JPEG");
  for (std::size_t at = 2; jpeg.u8(at) == 0xff;) {
    const int marker = jpeg.u8(at + 1);
    if (marker == 0xff) {  // padding
      ++at;
      continue;
    }
    if (marker == 0xda || marker == 0xd9) break;
    const std::size_t length = jpeg.u16be(at + 2);
    if (marker == 0xe1 && length >= 8 && std::memcmp(jpeg.range(at + 4, length - 2), "Exif\0\0", 6) == 0) {
      return bytes.subspan(at + 10, length - 8);
    }
    at += 2 + length;
  }
  return {};
}

Bytes exif_of_png(Bytes bytes) {
  const ByteReader png(bytes, "PNG");
  for (std::size_t at = 8; at + 12 <= bytes.size();) {
    const std::size_t length = png.u32be(at);
    const std::uint8_t* kind = png.range(at + 4, 4 + length);
    if (std::memcmp(kind, "eXIf", 4) == 0) return without_exif_mark(bytes.subspan(at + 8, length));
    at += 12 + length;
  }
  return {};
}

Bytes exif_of_webp(Bytes bytes) {
  const ByteReader webp(bytes, "WebP");
  for (std::size_t at = 12; at + 8 <= bytes.size();) {
    const std::size_t length = webp.u32le(at + 4);
    if (std::memcmp(webp.range(at, 8 + length), "EXIF", 4) == 0) {
      return without_exif_mark(bytes.subspan(at + 8, length));
    }
    at += 8 + length + length % 2;
  }
  return {};
}

Bytes exif_of(Bytes bytes) {
  const auto begins = [&](std::string_view magic) {
    return bytes.size() >= magic.size() && std::memcmp(bytes.data(), magic.data(), magic.size()) == 0;
  };
  if (begins("\xff\xd8")) return exif_of_jpeg(bytes);
  if (begins("\x89PNG")) return exif_of_png(bytes);
  if (begins("RIFF")) return exif_of_webp(bytes);
  if (begins("II") || begins("MM")) return bytes;
  return {};
}

}  // namespace

int exif_orientation(Bytes bytes) {
  try {
    const Bytes exif = exif_of(bytes);
    return exif.empty() ? 1 : from_tiff(exif);
  } catch (const Error&) {
    return 1;  // a broken block does not make the picture unreadable
  }
}

Image oriented(Image image, int orientation) {
  if (orientation == 1) return image;
  const bool turned = orientation >= 5;
  // Where a pixel comes from: 2 mirrors, 3 turns by 180 degrees, 4 flips; 5 to 8 are the same after a transpose.
  const bool mirrored = orientation == 2 || orientation == 3 || orientation == 7 || orientation == 8;
  const bool flipped = orientation == 3 || orientation == 4 || orientation == 6 || orientation == 7;
  Image out = image;
  if (turned) std::swap(out.width, out.height);
  const std::size_t step = bytes_per_pixel(image.mode), width = static_cast<std::size_t>(image.width);
  std::uint8_t* to = out.pixels.data();
  for (int y = 0; y < out.height; ++y) {
    for (int x = 0; x < out.width; ++x, to += step) {
      const int u = turned ? y : x, v = turned ? x : y;
      const auto column = static_cast<std::size_t>(mirrored ? image.width - 1 - u : u);
      const auto row = static_cast<std::size_t>(flipped ? image.height - 1 - v : v);
      std::memcpy(to, &image.pixels[(row * width + column) * step], step);
    }
  }
  return out;
}

}  // namespace cnclip
