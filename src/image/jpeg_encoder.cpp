#include "image/jpeg_encoder.h"

#include <jpeglib.h>

#include <cstdio>
#include <cstdlib>
#include <memory>
#include <vector>

#include "base/error.h"

namespace cnclip {
namespace {

[[noreturn]] void fail(j_common_ptr codec) {
  char message[JMSG_LENGTH_MAX];
  codec->err->format_message(codec, message);
  throw_internal("JPEG: cannot encode: {}", message);
}

struct Encoder {
  jpeg_compress_struct codec{};
  jpeg_error_mgr errors{};
  unsigned char* bytes = nullptr;
  unsigned long size = 0;

  Encoder() {
    codec.err = jpeg_std_error(&errors);
    errors.error_exit = fail;
    jpeg_create_compress(&codec);
    jpeg_mem_dest(&codec, &bytes, &size);
  }
  ~Encoder() {
    jpeg_destroy_compress(&codec);
    std::free(bytes);
  }
  Encoder(const Encoder&) = delete;
  Encoder& operator=(const Encoder&) = delete;
};

}  // namespace

std::string encode_jpeg(std::span<const std::uint8_t> planes, int size, int quality) {
  Encoder encoder;
  jpeg_compress_struct& codec = encoder.codec;
  codec.image_width = codec.image_height = static_cast<JDIMENSION>(size);
  codec.input_components = 3;
  codec.in_color_space = JCS_RGB;
  jpeg_set_defaults(&codec);
  jpeg_set_quality(&codec, quality, TRUE);
  jpeg_start_compress(&codec, TRUE);
  const auto side = static_cast<std::size_t>(size);
  std::vector<std::uint8_t> row(3 * side);
  for (std::size_t y = 0; y < side; ++y) {
    for (std::size_t x = 0; x < side; ++x) {
      for (std::size_t c = 0; c < 3; ++c) row[3 * x + c] = planes[(c * side + y) * side + x];
    }
    JSAMPROW rows[] = {row.data()};
    jpeg_write_scanlines(&codec, rows, 1);
  }
  jpeg_finish_compress(&codec);
  return {reinterpret_cast<const char*>(encoder.bytes), encoder.size};
}

}  // namespace cnclip
