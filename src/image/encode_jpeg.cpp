#include "image/encode_jpeg.h"

#include <cstdlib>

#include "base/error.h"
#include "image/jpeg_errors.h"

namespace cnclip {
namespace {

struct Encoder {
  jpeg_compress_struct info{};
  JpegErrors errors{};
  unsigned char* bytes = nullptr;
  unsigned long size = 0;

  Encoder() { info.err = errors.install(); }
  ~Encoder() {
    jpeg_destroy_compress(&info);
    std::free(bytes);
  }
  Encoder(const Encoder&) = delete;
  Encoder& operator=(const Encoder&) = delete;

  bool encode(const Image& image, int quality) {
    if (setjmp(errors.escape) != 0) return false;
    jpeg_create_compress(&info);
    jpeg_mem_dest(&info, &bytes, &size);
    info.image_width = static_cast<JDIMENSION>(image.width);
    info.image_height = static_cast<JDIMENSION>(image.height);
    info.input_components = image.mode == ImageMode::l ? 1 : 3;
    info.in_color_space = image.mode == ImageMode::l ? JCS_GRAYSCALE : JCS_RGB;
    jpeg_set_defaults(&info);
    jpeg_set_quality(&info, quality, TRUE);
    jpeg_start_compress(&info, TRUE);
    const std::size_t stride = static_cast<std::size_t>(image.width) * static_cast<std::size_t>(info.input_components);
    while (info.next_scanline < info.image_height) {
      auto* row = const_cast<JSAMPROW>(image.pixels.data() + info.next_scanline * stride);
      jpeg_write_scanlines(&info, &row, 1);
    }
    jpeg_finish_compress(&info);
    return true;
  }
};

}  // namespace

std::string encode_jpeg(const Image& image, int quality) {
  if (image.mode != ImageMode::l && image.mode != ImageMode::rgb) throw_internal("encode_jpeg: neither grey nor RGB");
  Encoder encoder;
  if (!encoder.encode(image, quality)) throw_internal("encode_jpeg: {}", encoder.errors.message);
  return {reinterpret_cast<const char*>(encoder.bytes), encoder.size};
}

}  // namespace cnclip
