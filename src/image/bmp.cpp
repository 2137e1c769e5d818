// Windows bitmaps without compression: 1, 4, 8 bit with a palette, 24 and 32 bit.
#include <cstring>

#include "base/error.h"
#include "image/codecs.h"

namespace cnclip {

Image decode_bmp(Bytes bytes, std::string_view name, const DecodeOptions& options) {
  const auto at = [&]<class T>(std::size_t offset, T) {
    if (offset + sizeof(T) > bytes.size()) throw_bad_input("{}: BMP: cut short in its header", name);
    T value;
    std::memcpy(&value, bytes.data() + offset, sizeof value);
    return value;
  };
  const auto data = at(10, std::uint32_t{}), header = at(14, std::uint32_t{});
  if (header < 40 || header > 1024) throw_bad_input("{}: BMP: header of {} bytes is not read", name, header);
  const std::int64_t width = at(18, std::int32_t{}), signed_height = at(22, std::int32_t{});
  const auto depth = at(28, std::uint16_t{});
  const auto compression = at(30, std::uint32_t{});
  const std::int64_t height = std::abs(signed_height);
  const bool bit_fields = compression == 3 && depth == 32;
  if ((compression != 0 && !bit_fields) || (depth != 1 && depth != 4 && depth != 8 && depth != 24 && depth != 32)) {
    throw_bad_input("{}: BMP: {} bits with compression {} are not read", name, depth, compression);
  }
  Image image = make_image(width, height, depth <= 8 ? ImageMode::palette : ImageMode::rgb, name, options);
  if (depth <= 8) {
    const std::uint32_t used = at(46, std::uint32_t{});
    const std::uint32_t colors = used == 0 || used > (1u << depth) ? 1u << depth : used;
    image.palette.assign(256 * 3, 0);
    for (std::uint32_t i = 0; i < colors; ++i) {
      for (std::uint32_t c = 0; c < 3; ++c) image.palette[i * 3 + 2 - c] = at(14 + header + i * 4 + c, std::uint8_t{});
    }
  }
  const std::int64_t stride = (width * depth + 31) / 32 * 4;
  if (data > bytes.size() || stride * height > static_cast<std::int64_t>(bytes.size() - data)) {
    throw_bad_input("{}: BMP: cut short: {} rows of {} bytes are needed after byte {}", name, height, stride, data);
  }
  const auto* source = reinterpret_cast<const std::uint8_t*>(bytes.data()) + data;
  for (std::int64_t y = 0; y < height; ++y) {
    const std::uint8_t* row = source + (signed_height < 0 ? y : height - 1 - y) * stride;
    std::uint8_t* to = image.pixels.data() + y * width * channels_of(image.mode);
    for (std::int64_t x = 0; x < width; ++x) {
      if (depth <= 8) {
        const std::int64_t bit = x * depth;
        to[x] = static_cast<std::uint8_t>(row[bit / 8] >> (8 - depth - bit % 8) & ((1 << depth) - 1));
      } else {
        for (int c = 0; c < 3; ++c) to[x * 3 + c] = row[x * (depth / 8) + 2 - c];
      }
    }
  }
  return image;
}

}  // namespace cnclip
