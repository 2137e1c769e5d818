// Any bytes as a picture: an image or one clean error; and the same planes, or an error, when it is read row by row.
#include <cstdlib>
#include <vector>

#include "cnclip/image.h"

namespace {

using namespace cnclip;
using Planes = std::vector<std::uint8_t>;

// The planes, or none where the picture is refused.
template <class Work>
Planes made(int size, Work work) {
  Planes planes(static_cast<std::size_t>(3 * size * size));
  try {
    work(planes);
  } catch (const Error& error) {
    if (error.category() != ErrorCategory::bad_input) std::abort();
    return {};
  }
  return planes;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, std::size_t length) {
  const std::span bytes(reinterpret_cast<const std::byte*>(data), length);
  const int size = length % 7 == 0 ? 5 : 32;
  DecodeOptions options;
  options.max_pixels = 1 << 20;
  options.apply_orientation = length % 2 == 0;
  options.fast = length % 3 == 0;
  options.target_size = size;
  const auto order = length % 5 == 0 ? PreprocessOrder::rgb_then_resize : PreprocessOrder::resize_then_rgb;
  const Planes whole =
      made(size, [&](Planes& planes) { preprocess_u8(decode_image(bytes, "fuzz", options), size, planes, order); });
  const Planes streamed =
      made(size, [&](Planes& planes) { decode_preprocess_u8(bytes, "fuzz", size, planes, options, order); });
  if (whole != streamed) std::abort();
  return 0;
}
