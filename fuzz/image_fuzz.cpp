// Any bytes as a picture: an image or one clean error.
#include <vector>

#include "cnclip/image.h"

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, std::size_t size) {
  cnclip::DecodeOptions options;
  options.max_pixels = 1 << 20;
  options.apply_orientation = size % 2 == 0;
  options.fast = size % 3 == 0;
  options.target_size = 32;
  try {
    const cnclip::Image image = cnclip::decode_image({reinterpret_cast<const std::byte*>(data), size}, "fuzz", options);
    std::vector<std::uint8_t> planes(3 * 32 * 32);
    cnclip::preprocess_u8(image, 32, planes);
  } catch (const cnclip::Error&) {
  }
  return 0;
}
