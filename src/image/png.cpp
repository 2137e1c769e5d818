#include <png.h>

#include <algorithm>
#include <bit>
#include <csetjmp>
#include <cstring>

#include "base/error.h"
#include "image/codecs.h"

namespace cnclip {
namespace {

// Deflate makes no more of one byte: what a file claims beyond that takes no memory.
constexpr std::size_t kMostFromByte = 1032;

// As in jpeg.cpp: libpng's error callback jumps back to a frame that holds nothing with a destructor.
struct Reader {
  png_structp png = nullptr;
  png_infop info = nullptr;
  Bytes bytes;
  std::size_t at = 0;
  char message[256] = "cannot be read";

  explicit Reader(Bytes source) : bytes(source) {
    png = png_create_read_struct(PNG_LIBPNG_VER_STRING, this, on_error, [](png_structp, png_const_charp) {});
    info = png_create_info_struct(png);
    png_set_read_fn(png, this, read);
    png_set_user_limits(png, 0x7fffffff, 0x7fffffff);
    png_set_chunk_cache_max(png, 128);
    png_set_chunk_malloc_max(png, 8 << 20);
    // As Pillow: a wrong checksum before the pixels is an error (in any chunk), one of the pixels' own chunks is not.
    png_set_crc_action(png, PNG_CRC_ERROR_QUIT, PNG_CRC_ERROR_QUIT);
  }
  ~Reader() { png_destroy_read_struct(&png, &info, nullptr); }
  Reader(const Reader&) = delete;
  Reader& operator=(const Reader&) = delete;

  static void on_error(png_structp png, png_const_charp text) {
    auto* self = static_cast<Reader*>(png_get_error_ptr(png));
    std::strncpy(self->message, text, sizeof self->message - 1);
    std::longjmp(png_jmpbuf(png), 1);
  }
  static void read(png_structp png, png_bytep to, png_size_t count) {
    auto* self = static_cast<Reader*>(png_get_io_ptr(png));
    if (count > self->bytes.size() - self->at) png_error(png, "cut short");
    std::memcpy(to, self->bytes.data() + self->at, count);
    self->at += count;
  }
  bool header() {
    if (setjmp(png_jmpbuf(png)) != 0) return false;
    png_read_info(png, info);
    return true;
  }
  // Only what Pillow unpacks: small grey samples are scaled, 16-bit ones lose their low byte unless they are plain
  // grey.
  bool prepare() {
    if (setjmp(png_jmpbuf(png)) != 0) return false;
    const int type = png_get_color_type(png, info), depth = png_get_bit_depth(png, info);
    png_set_crc_action(png, PNG_CRC_QUIET_USE, PNG_CRC_QUIET_USE);
    if (depth == 16) {
      if (type != PNG_COLOR_TYPE_GRAY)
        png_set_strip_16(png);
      else if constexpr (std::endian::native == std::endian::little)
        png_set_swap(png);
    }
    if (depth < 8) {
      if (type == PNG_COLOR_TYPE_GRAY)
        png_set_expand_gray_1_2_4_to_8(png);
      else
        png_set_packing(png);
    }
    png_set_interlace_handling(png);
    png_read_update_info(png, info);
    return true;
  }
  bool rows(std::uint8_t** pointers) {
    if (setjmp(png_jmpbuf(png)) != 0) return false;
    png_read_image(png, pointers);
    return true;
  }
};

// Pillow refuses text and colour profiles whose compression is not the one there is; libpng would pass them over.
bool has_unknown_compression(Bytes bytes) {
  const std::string_view text(reinterpret_cast<const char*>(bytes.data()), bytes.size());
  for (std::size_t at = 8; at + 12 <= text.size();) {
    std::size_t length = 0;
    for (std::size_t i = 0; i < 4; ++i) length = length << 8 | static_cast<unsigned char>(text[at + i]);
    const std::string_view kind = text.substr(at + 4, 4);
    if (kind == "IDAT" || length > text.size() - at - 12) return false;
    if (kind == "iCCP" || kind == "zTXt") {
      const std::string_view data = text.substr(at + 8, length);
      const std::size_t end = data.find('\0');
      if (end != std::string_view::npos && end + 1 < data.size() && data[end + 1] != 0) return true;
    }
    at += 12 + length;
  }
  return false;
}

ImageMode mode_of(int type, int depth) {
  switch (type) {
    case PNG_COLOR_TYPE_GRAY: return depth == 1 ? ImageMode::bilevel : depth == 16 ? ImageMode::i16 : ImageMode::l;
    case PNG_COLOR_TYPE_PALETTE: return ImageMode::palette;
    case PNG_COLOR_TYPE_GRAY_ALPHA: return ImageMode::la;
    case PNG_COLOR_TYPE_RGB: return ImageMode::rgb;
    default: return ImageMode::rgba;
  }
}

}  // namespace

Image decode_png(Bytes bytes, std::string_view name, const DecodeOptions& options) {
  Reader reader(bytes);
  const auto fail = [&]() { throw_bad_input("{}: PNG: {}", name, reader.message); };
  if (has_unknown_compression(bytes)) throw_bad_input("{}: PNG: a chunk is compressed by an unknown method", name);
  if (!reader.header()) fail();
  const auto width = png_get_image_width(reader.png, reader.info),
             height = png_get_image_height(reader.png, reader.info);
  const int type = png_get_color_type(reader.png, reader.info), depth = png_get_bit_depth(reader.png, reader.info);
  check_size(width, height, name, options);
  if (png_get_rowbytes(reader.png, reader.info) * height / kMostFromByte > bytes.size()) {
    throw_bad_input("{}: PNG: cut short: {} bytes cannot hold {} x {} pixels", name, bytes.size(), width, height);
  }
  Image image = make_image(width, height, mode_of(type, depth), name, options);
  if (image.mode == ImageMode::palette) {
    png_colorp colors = nullptr;
    int count = 0;
    png_get_PLTE(reader.png, reader.info, &colors, &count);
    image.palette = grey_palette();
    for (int i = 0; i < std::min(count, 256); ++i) {
      const std::uint8_t rgb[3] = {colors[i].red, colors[i].green, colors[i].blue};
      std::memcpy(&image.palette[static_cast<std::size_t>(i) * 3], rgb, 3);
    }
  }
  if (!reader.prepare()) fail();
  const std::size_t stride = png_get_rowbytes(reader.png, reader.info);
  if (stride * height != image.pixels.size())
    throw_bad_input("{}: PNG: rows of {} bytes for {} pixels", name, stride, width);
  std::vector<std::uint8_t*> rows(height);
  for (std::size_t y = 0; y < height; ++y) rows[y] = image.pixels.data() + y * stride;
  if (!reader.rows(rows.data())) fail();
  return image;
}

}  // namespace cnclip
