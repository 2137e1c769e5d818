// Windows and OS/2 bitmaps: 1, 4, 8 bits with a palette, 16, 24 and 32 bits, run lengths of 4 and 8 bits; read as
// Pillow reads them, which is not always what the format's description says.
#include <algorithm>
#include <array>
#include <bit>

#include "image/bmp_rle.h"
#include "image/byte_reader.h"

namespace cnclip {
namespace {

constexpr std::uint32_t kNone = 0, kRle8 = 1, kRle4 = 2, kBitFields = 3;  // kinds of compression

struct Header {
  std::size_t size = 0;
  std::int64_t width = 0, height = 0;
  bool top_down = false;
  std::uint32_t depth = 0, compression = kNone, colors = 0;
  std::size_t color_size = 4;  // bytes of a palette entry
  std::size_t data = 0;        // where the pixels begin
  std::array<std::uint32_t, 4> masks{};
};

Header read_header(const ByteReader& file, std::string_view name) {
  Header h;
  h.data = file.u32le(10);
  h.size = file.u32le(14);
  if (h.size == 12) {
    h.width = file.u16le(18);
    h.height = file.u16le(20);
    h.depth = file.u16le(24);
    h.color_size = 3;
  } else if (h.size == 40 || h.size == 52 || h.size == 56 || h.size == 64 || h.size == 108 || h.size == 124) {
    file.range(14, h.size);
    h.top_down = file.u8(25) == 0xff;
    h.width = file.u32le(18);
    h.height = h.top_down ? (std::int64_t{1} << 32) - file.u32le(22) : file.u32le(22);
    h.depth = file.u16le(28);
    h.compression = file.u32le(30);
    h.colors = file.u32le(46);
  } else {
    throw_bad_input("{}: BMP: header of {} bytes is not read", name, h.size);
  }
  if (h.colors == 0 && h.depth <= 8) h.colors = 1u << h.depth;
  // The masks stand at the same place whether they belong to the header or follow it.
  if (h.compression == kBitFields) {
    for (std::size_t i = 0; i < (h.size >= 56 ? 4u : 3u); ++i) h.masks[i] = file.u32le(54 + 4 * i);
  }
  const bool known = h.depth == 1 || h.depth == 4 || h.depth == 8 || h.depth == 16 || h.depth == 24 || h.depth == 32;
  const bool fits = h.compression == kNone || (h.compression == kBitFields && h.depth >= 16) ||
                    ((h.compression == kRle8 || h.compression == kRle4) && h.depth <= 8);
  if (!known || !fits) {
    throw_bad_input("{}: BMP: {} bits with compression {} are not read", name, h.depth, h.compression);
  }
  return h;
}

// The palette; and the mode, which is grey where the palette names nothing but the greys in their order.
void read_palette(const ByteReader& file, std::string_view name, Header& h, Image& image) {
  if (h.colors > 65536) throw_bad_input("{}: BMP: a palette of {} colours", name, h.colors);
  const std::size_t begin = 14 + h.size, bytes = h.color_size * h.colors;
  const std::uint8_t* colors = file.range(begin, bytes);
  // Pixels that are said to begin right after the header begin after the palette.
  if (h.data == 0 || h.data == begin) h.data = begin + bytes;
  image.palette = grey_palette();
  bool grey = true;
  for (std::size_t i = 0; i < h.colors; ++i) {
    const std::uint8_t* bgr = colors + i * h.color_size;
    const std::size_t value = h.colors == 2 ? i * 255 : i;
    grey = grey && bgr[0] == value && bgr[1] == value && bgr[2] == value;
    for (std::size_t c = 0; c < 3 && i < 256; ++c) image.palette[i * 3 + c] = bgr[2 - c];
  }
  if (grey) image.mode = h.colors <= 2 ? ImageMode::bilevel : ImageMode::l;
}

// Where the bytes R, G, B and A stand in a 32-bit pixel.
std::array<int, 4> places_of(const Header& h, std::string_view name) {
  constexpr std::array<std::array<std::uint32_t, 4>, 8> kKnown = {{
      {0xff0000, 0xff00, 0xff, 0},
      {0xff000000, 0xff0000, 0xff00, 0},
      {0xff000000, 0xff00, 0xff, 0},
      {0xff000000, 0xff0000, 0xff00, 0xff},
      {0xff, 0xff00, 0xff0000, 0xff000000},
      {0xff0000, 0xff00, 0xff, 0xff000000},
      {0xff000000, 0xff00, 0xff, 0xff0000},
      {0, 0, 0, 0},
  }};
  if (h.compression == kNone) return {2, 1, 0, -1};
  if (std::find(kKnown.begin(), kKnown.end(), h.masks) == kKnown.end()) {
    throw_bad_input("{}: BMP: colours at {:x}, {:x}, {:x}, {:x} are not read", name, h.masks[0], h.masks[1], h.masks[2],
                    h.masks[3]);
  }
  if (h.masks[0] == 0) return {2, 1, 0, 3};
  std::array<int, 4> places{};
  for (std::size_t i = 0; i < 4; ++i) places[i] = h.masks[i] == 0 ? -1 : std::countr_zero(h.masks[i]) / 8;
  return places;
}

void read_16_bits(const Header& h, std::string_view name, const std::uint8_t* row, Image& image, std::uint8_t* to) {
  const bool six = h.compression == kBitFields && h.masks[0] == 0xf800 && h.masks[1] == 0x7e0 && h.masks[2] == 0x1f;
  const bool five = h.compression == kNone || (h.masks[0] == 0x7c00 && h.masks[1] == 0x3e0 && h.masks[2] == 0x1f);
  if (!six && !five) throw_bad_input("{}: BMP: 16 bits with mask {:x} are not read", name, h.masks[1]);
  for (int x = 0; x < image.width; ++x, row += 2, to += 3) {
    const int pixel = row[0] | row[1] << 8;
    to[0] = static_cast<std::uint8_t>((pixel >> (six ? 11 : 10) & 31) * 255 / 31);
    to[1] = static_cast<std::uint8_t>(six ? (pixel >> 5 & 63) * 255 / 63 : (pixel >> 5 & 31) * 255 / 31);
    to[2] = static_cast<std::uint8_t>((pixel & 31) * 255 / 31);
  }
}

void read_row(const Header& h, std::string_view name, const std::uint8_t* row, Image& image, std::uint8_t* to) {
  if (h.depth == 16) return read_16_bits(h, name, row, image, to);
  if (h.depth <= 8) {
    for (std::uint32_t x = 0; x < static_cast<std::uint32_t>(image.width); ++x) {
      const std::uint32_t bit = x * h.depth;
      const auto value = static_cast<std::uint8_t>(row[bit / 8] >> (8 - h.depth - bit % 8) & ((1u << h.depth) - 1));
      to[x] = image.mode == ImageMode::bilevel ? static_cast<std::uint8_t>(value != 0 ? 255 : 0) : value;
    }
    return;
  }
  const std::array<int, 4> places = h.depth == 24 ? std::array{2, 1, 0, -1} : places_of(h, name);
  const std::size_t channels = bytes_per_pixel(image.mode);
  for (int x = 0; x < image.width; ++x, row += h.depth / 8, to += channels) {
    for (std::size_t c = 0; c < channels; ++c) to[c] = row[places[c]];
  }
}

}  // namespace

Image decode_bmp(Bytes bytes, std::string_view name, const DecodeOptions& options) {
  const ByteReader file(bytes, fmt::format("{}: BMP", name));
  Header h = read_header(file, name);
  check_size(h.width, h.height, name, options);
  const auto width = static_cast<std::size_t>(h.width), height = static_cast<std::size_t>(h.height);
  Image colors{0, 0, ImageMode::palette, {}, {}};
  if (h.depth <= 8) {
    read_palette(file, name, h, colors);
  } else if (h.data == 0) {
    h.data = 14 + h.size + (h.compression == kBitFields && h.size == 40 ? 12 : 0);
  }
  const bool alpha = h.depth == 32 && h.compression == kBitFields && (h.masks[3] != 0 || h.masks[0] == 0);
  const ImageMode mode = h.depth <= 8 ? colors.mode : alpha ? ImageMode::rgba : ImageMode::rgb;

  std::vector<std::uint8_t> unpacked;
  if (h.compression == kRle8 || h.compression == kRle4) {
    unpacked = unpack_bmp_rle(bytes.subspan(std::min(h.data, bytes.size())), h.data, width, height,
                              h.compression == kRle4, name);
    h.depth = 8;
  }
  const std::size_t stride = unpacked.empty() ? (width * h.depth + 31) / 32 * 4 : width;
  const std::uint8_t* source = unpacked.empty() ? file.range(h.data, stride * height) : unpacked.data();
  Image image = make_image(h.width, h.height, mode, name, options);
  image.palette = std::move(colors.palette);
  const std::size_t row_size = width * bytes_per_pixel(mode);
  for (std::size_t y = 0; y < height; ++y) {
    const std::size_t from = h.top_down ? y : height - 1 - y;
    read_row(h, name, source + from * stride, image, image.pixels.data() + y * row_size);
  }
  return image;
}

}  // namespace cnclip
