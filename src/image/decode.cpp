#include "base/error.h"
#include "image/codecs.h"

namespace cnclip {

int channels_of(ImageMode mode) {
  switch (mode) {
    case ImageMode::bilevel:
    case ImageMode::palette:
    case ImageMode::l: return 1;
    case ImageMode::la: return 2;
    case ImageMode::rgb: return 3;
    case ImageMode::rgba:
    case ImageMode::cmyk: return 4;
  }
  throw_internal("image: unknown mode");
}

Image make_image(std::int64_t width, std::int64_t height, ImageMode mode, std::string_view name,
                 const DecodeOptions& options) {
  if (width <= 0 || height <= 0 || width > 0x7fffffff || height > 0x7fffffff) {
    throw_bad_input("{}: claims a size of {} x {} pixels", name, width, height);
  }
  if (width * height > options.max_pixels) {
    throw_bad_input("{}: claims {} x {} pixels, the limit is {}", name, width, height, options.max_pixels);
  }
  Image image{static_cast<int>(width), static_cast<int>(height), mode, {}, {}};
  image.pixels.resize(static_cast<std::size_t>(width * height * channels_of(mode)));
  return image;
}

Image decode_image(Bytes bytes, std::string_view name, const DecodeOptions& options) {
  if (bytes.empty()) throw_bad_input("{}: is empty", name);
  if (bytes.size() > options.max_bytes) {
    throw_bad_input("{}: has {} bytes, the limit is {}", name, bytes.size(), options.max_bytes);
  }
  const std::string_view head(reinterpret_cast<const char*>(bytes.data()), std::min<std::size_t>(bytes.size(), 32));
  const auto begins = [&](std::string_view magic, std::size_t at = 0) {
    return head.size() > at && head.substr(at).starts_with(magic);
  };
  const auto decode = [&]() -> Image {
    if (begins("\xff\xd8\xff")) return decode_jpeg(bytes, name, options);
    if (begins("\x89PNG\r\n\x1a\n")) return decode_png(bytes, name, options);
    if (begins("RIFF") && begins("WEBP", 8)) return decode_webp(bytes, name, options);
    if (begins("GIF87a") || begins("GIF89a")) return decode_gif(bytes, name, options);
    if (begins("BM")) return decode_bmp(bytes, name, options);
    if (begins(std::string_view("II*\0", 4)) || begins(std::string_view("MM\0*", 4))) return decode_tiff(bytes, name, options);
    if (begins("ftyp", 4)) return decode_heif(bytes, name, options);
    if (head.size() > 2 && head[0] == 'P' && head[1] >= '1' && head[1] <= '6') return decode_pnm(bytes, name, options);
    if (begins("version https://git-lfs")) throw_bad_input("{}: is a Git LFS pointer, not the picture", name);
    throw_bad_input("{}: is no picture of a known kind", name);
  };
  Image image = decode();
  if (!options.apply_orientation) return image;
  return oriented(image, exif_orientation(bytes));
}

}  // namespace cnclip
