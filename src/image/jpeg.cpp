#include <csetjmp>
#include <cstdio>

#include <jpeglib.h>

#include <jerror.h>

#include "base/error.h"
#include "image/codecs.h"

namespace cnclip {
namespace {

// libjpeg reports errors through a callback that must not return; it jumps back to the one frame that owns the decoder,
// which holds nothing with a destructor.
struct Errors {
  jpeg_error_mgr base;
  std::jmp_buf escape;
  char message[JMSG_LENGTH_MAX];
};

void on_error(j_common_ptr info) {
  auto* errors = reinterpret_cast<Errors*>(info->err);
  info->err->format_message(info, errors->message);
  std::longjmp(errors->escape, 1);
}

// Pillow lets corrupt data pass with a warning but takes missing data for an error.
void on_message(j_common_ptr info, int level) {
  if (level < 0 && info->err->msg_code == JWRN_JPEG_EOF) on_error(info);
}

struct Decoder {
  jpeg_decompress_struct info{};
  Errors errors{};

  Decoder() {
    info.err = jpeg_std_error(&errors.base);
    errors.base.error_exit = on_error;
    errors.base.emit_message = on_message;
    errors.base.output_message = [](j_common_ptr) {};
  }
  ~Decoder() { jpeg_destroy_decompress(&info); }
  Decoder(const Decoder&) = delete;
  Decoder& operator=(const Decoder&) = delete;

  bool read_header(Bytes bytes) {
    if (setjmp(errors.escape) != 0) return false;
    jpeg_create_decompress(&info);
    jpeg_mem_src(&info, reinterpret_cast<const unsigned char*>(bytes.data()), bytes.size());
    jpeg_read_header(&info, TRUE);
    return true;
  }
  bool start(J_COLOR_SPACE space, unsigned scale) {
    if (setjmp(errors.escape) != 0) return false;
    info.out_color_space = space;
    info.scale_num = 1;
    info.scale_denom = scale;
    jpeg_start_decompress(&info);
    return true;
  }
  bool read_rows(std::uint8_t* pixels, std::size_t stride) {
    if (setjmp(errors.escape) != 0) return false;
    while (info.output_scanline < info.output_height) {
      JSAMPROW rows[8];
      const JDIMENSION first = info.output_scanline;
      const JDIMENSION count = std::min<JDIMENSION>(8, info.output_height - first);
      for (JDIMENSION i = 0; i < count; ++i) rows[i] = pixels + (first + i) * stride;
      jpeg_read_scanlines(&info, rows, count);
    }
    return true;
  }
};

// The coarsest scale that still leaves twice the target, so that the resize after it has something to average.
unsigned scale_for(const jpeg_decompress_struct& info, const DecodeOptions& options) {
  if (!options.fast) return 1;
  const auto smaller = std::min(info.image_width, info.image_height);
  for (const unsigned scale : {8u, 4u, 2u}) {
    if (smaller / scale >= 2 * static_cast<unsigned>(std::max(options.target_size, 1))) return scale;
  }
  return 1;
}

}  // namespace

Image decode_jpeg(Bytes bytes, std::string_view name, const DecodeOptions& options) {
  Decoder decoder;
  const auto fail = [&]() { throw_bad_input("{}: JPEG: {}", name, decoder.errors.message); };
  if (!decoder.read_header(bytes)) fail();
  const auto& info = decoder.info;
  if (static_cast<std::int64_t>(info.image_width) * info.image_height > options.max_pixels) {
    throw_bad_input("{}: claims {} x {} pixels, the limit is {}", name, info.image_width, info.image_height, options.max_pixels);
  }
  ImageMode mode = ImageMode::rgb;
  J_COLOR_SPACE space = JCS_RGB;
  if (info.num_components == 1) {
    mode = ImageMode::l;
    space = JCS_GRAYSCALE;
  } else if (info.num_components == 4) {
    mode = ImageMode::cmyk;
    space = JCS_CMYK;
  } else if (info.num_components != 3) {
    throw_bad_input("{}: JPEG of {} components", name, info.num_components);
  }
  if (!decoder.start(space, scale_for(info, options))) fail();
  Image image = make_image(info.output_width, info.output_height, mode, name, options);
  if (!decoder.read_rows(image.pixels.data(), static_cast<std::size_t>(image.width) * static_cast<std::size_t>(channels_of(mode)))) fail();
  if (mode == ImageMode::cmyk) {
    // Adobe's convention, which Pillow takes for granted: inks are stored inverted.
    for (std::uint8_t& value : image.pixels) value = static_cast<std::uint8_t>(255 - value);
  }
  return image;
}

}  // namespace cnclip
