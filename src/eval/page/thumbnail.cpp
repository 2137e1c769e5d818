#include "eval/page/thumbnail.h"

#include "base/base64.h"
#include "image/encode_jpeg.h"

namespace cnclip {

std::string thumbnail(std::span<const std::byte> bytes, std::string_view name) {
  constexpr std::size_t kPixels = std::size_t{kThumbnailSide} * kThumbnailSide;
  constexpr int kQuality = 80;
  std::vector<std::uint8_t> planes(3 * kPixels);
  try {
    DecodeOptions decoding;
    decoding.fast = true;
    decode_preprocess_u8(bytes, name, kThumbnailSide, planes, decoding);
  } catch (const Error& error) {
    if (error.category() != ErrorCategory::bad_input) throw;
    return {};
  }
  Image picture{kThumbnailSide, kThumbnailSide, ImageMode::rgb, std::vector<std::uint8_t>(3 * kPixels), {}};
  for (std::size_t i = 0; i < kPixels; ++i) {
    for (std::size_t channel = 0; channel < 3; ++channel)
      picture.pixels[3 * i + channel] = planes[channel * kPixels + i];
  }
  return "data:image/jpeg;base64," + encode_base64(encode_jpeg(picture, kQuality));
}

}  // namespace cnclip
