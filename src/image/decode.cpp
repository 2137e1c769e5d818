#include <algorithm>

#include "base/error.h"
#include "base/lfs.h"
#include "image/codecs.h"
#include "image/jpeg.h"
#include "image/row_pipeline.h"

namespace cnclip {
namespace {

using namespace std::string_view_literals;

// A longer side only serves to blow up the tables of the resize; real pictures end far below.
constexpr std::int64_t kMaxSide = std::int64_t{1} << 20;

enum class Format { jpeg, png, webp, gif, bmp, tiff, heif, pnm };

Format format_of(Bytes bytes, std::string_view name, const DecodeOptions& options) {
  if (bytes.empty()) throw_bad_input("{}: is empty", name);
  if (bytes.size() > options.max_bytes) {
    throw_bad_input("{}: has {} bytes, the limit is {}", name, bytes.size(), options.max_bytes);
  }
  const std::string_view head(reinterpret_cast<const char*>(bytes.data()), std::min<std::size_t>(bytes.size(), 32));
  const auto begins = [&](std::string_view magic, std::size_t at = 0) {
    return head.size() > at && head.substr(at).starts_with(magic);
  };
  if (is_jpeg(bytes)) return Format::jpeg;
  if (begins("\x89PNG\r\n\x1a\n")) return Format::png;
  if (begins("RIFF") && begins("WEBP", 8)) return Format::webp;
  if (begins("GIF87a") || begins("GIF89a")) return Format::gif;
  if (begins("BM")) return Format::bmp;
  if (begins("II*\0"sv) || begins("MM\0*"sv) || begins("II+\0"sv) || begins("MM\0+"sv)) return Format::tiff;
  if (begins("ftyp", 4)) return Format::heif;
  if (head.size() > 2 && head[0] == 'P' && head[1] >= '1' && head[1] <= '6') return Format::pnm;
  if (is_lfs_pointer(head)) throw_bad_input("{}: {}", name, kIsLfsPointer);
  throw_bad_input("{}: is no picture of a known kind", name);
}

Image decode_as(Format format, Bytes bytes, std::string_view name, const DecodeOptions& options) {
  switch (format) {
    case Format::jpeg: return decode_jpeg(bytes, name, options);
    case Format::png: return decode_png(bytes, name, options);
    case Format::webp: return decode_webp(bytes, name, options);
    case Format::gif: return decode_gif(bytes, name, options);
    case Format::bmp: return decode_bmp(bytes, name, options);
    case Format::tiff: return decode_tiff(bytes, name, options);
    case Format::heif: return decode_heif(bytes, name, options);
    case Format::pnm: return decode_pnm(bytes, name, options);
  }
  throw_internal("image: unknown format");
}

// Pillow turns TIFF files whether asked or not.
int orientation_of(Format format, Bytes bytes, const DecodeOptions& options) {
  return options.apply_orientation || format == Format::tiff ? exif_orientation(bytes) : 1;
}

}  // namespace

int channels_of(ImageMode mode) {
  switch (mode) {
    case ImageMode::bilevel:
    case ImageMode::palette:
    case ImageMode::l:
    case ImageMode::i16:
    case ImageMode::i32: return 1;
    case ImageMode::la: return 2;
    case ImageMode::rgb: return 3;
    case ImageMode::rgba:
    case ImageMode::cmyk: return 4;
  }
  throw_internal("image: unknown mode");
}

std::size_t bytes_per_pixel(ImageMode mode) {
  if (mode == ImageMode::i16 || mode == ImageMode::i32) return 2;
  return static_cast<std::size_t>(channels_of(mode));
}

void check_size(std::int64_t width, std::int64_t height, std::string_view name, const DecodeOptions& options) {
  if (width <= 0 || height <= 0 || width > kMaxSide || height > kMaxSide) {
    throw_bad_input("{}: claims a size of {} x {} pixels", name, width, height);
  }
  if (width * height > options.max_pixels) {
    throw_bad_input("{}: claims {} x {} pixels, the limit is {}", name, width, height, options.max_pixels);
  }
}

Image make_image(std::int64_t width, std::int64_t height, ImageMode mode, std::string_view name,
                 const DecodeOptions& options) {
  check_size(width, height, name, options);
  Image image{static_cast<int>(width), static_cast<int>(height), mode, {}, {}};
  image.pixels.resize(static_cast<std::size_t>(width * height) * bytes_per_pixel(mode));
  return image;
}

std::vector<std::uint8_t> grey_palette() {
  std::vector<std::uint8_t> palette(256 * 3);
  for (std::size_t i = 0; i < palette.size(); ++i) palette[i] = static_cast<std::uint8_t>(i / 3);
  return palette;
}

int orientation_left(Bytes bytes, const DecodeOptions& options) {
  const bool turned = orientation_of(format_of(bytes, "picture", options), bytes, options) != 1;
  return turned ? 1 : exif_orientation(bytes);
}

Image decode_image(Bytes bytes, std::string_view name, const DecodeOptions& options) {
  const Format format = format_of(bytes, name, options);
  return oriented(decode_as(format, bytes, name, options), orientation_of(format, bytes, options));
}

void decode_preprocess_u8(Bytes bytes, std::string_view name, int size, std::span<std::uint8_t> planes,
                          const DecodeOptions& options, PreprocessOrder order) {
  check_planes(planes.size(), size);
  DecodeOptions own = options;
  own.target_size = size;
  const Format format = format_of(bytes, name, own);
  // Turning after the resize would give other bits than before it: the passes come in another order.
  if (format != Format::jpeg || orientation_of(format, bytes, own) != 1) {
    preprocess_u8(decode_image(bytes, name, own), size, planes, order);
    return;
  }
  JpegReader reader(bytes, name, own);
  RowPipeline pipeline(reader.width(), reader.height(), reader.mode(), size, order, planes);
  for (int y = 0; y < reader.height();) {
    const std::uint8_t* rows = nullptr;
    const int count = reader.read(&rows);
    for (int i = 0; i < count; ++i, ++y) pipeline.push(rows + static_cast<std::size_t>(i) * reader.stride());
  }
  pipeline.finish();
}

}  // namespace cnclip
