#include "image/jpeg.h"

#include <algorithm>
#include <cstring>

#include "base/error.h"
#include "image/jpeg_errors.h"

// Wants jpeglib.h before it.
#include <jerror.h>

namespace cnclip {
namespace {

constexpr int kRowsAtOnce = 4;
// A few bytes buy another pass over the whole picture; no encoder writes nearly as many scans.
constexpr int kMaxScans = 500;

// Pillow lets corrupt data pass with a warning but takes missing data for an error.
void on_message(j_common_ptr info, int level) {
  if (level < 0 && info->err->msg_code == JWRN_JPEG_EOF) JpegErrors::on_error(info);
}

void on_progress(j_common_ptr info) {
  if (reinterpret_cast<j_decompress_ptr>(info)->input_scan_number <= kMaxScans) return;
  JpegErrors& errors = JpegErrors::of(info);
  std::snprintf(errors.message, sizeof errors.message, "more than %d scans", kMaxScans);
  std::longjmp(errors.escape, 1);
}

}  // namespace

struct JpegReader::Decoder {
  jpeg_decompress_struct info{};
  jpeg_progress_mgr progress{};
  JpegErrors errors{};

  Decoder() {
    info.err = errors.install();
    errors.base.emit_message = on_message;
    errors.base.output_message = [](j_common_ptr) {};
    progress.progress_monitor = on_progress;
  }
  ~Decoder() { jpeg_destroy_decompress(&info); }
  Decoder(const Decoder&) = delete;
  Decoder& operator=(const Decoder&) = delete;

  bool read_header(const unsigned char* bytes, std::size_t size) {
    if (setjmp(errors.escape) != 0) return false;
    jpeg_create_decompress(&info);
    info.progress = &progress;
    jpeg_mem_src(&info, bytes, size);
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
  bool read_rows(std::uint8_t* pixels, std::size_t stride, int count) {
    if (setjmp(errors.escape) != 0) return false;
    JSAMPROW rows[kRowsAtOnce];
    for (int i = 0; i < count; ++i) rows[i] = pixels + static_cast<std::size_t>(i) * stride;
    for (JDIMENSION done = 0; done < static_cast<JDIMENSION>(count);) {
      done += jpeg_read_scanlines(&info, rows + done, static_cast<JDIMENSION>(count) - done);
    }
    return true;
  }
};

namespace {

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

bool is_jpeg(Bytes bytes) {
  return bytes.size() >= 3 && std::memcmp(bytes.data(), "\xff\xd8\xff", 3) == 0;
}

void JpegReader::fail() const {
  throw_bad_input("{}: JPEG: {}", name_, decoder_->errors.message);
}

PictureSize JpegReader::size_of(Bytes bytes, std::string_view name) {
  Decoder decoder;
  if (!decoder.read_header(reinterpret_cast<const unsigned char*>(bytes.data()), bytes.size()))
    throw_bad_input("{}: JPEG: {}", name, decoder.errors.message);
  return {static_cast<int>(decoder.info.image_width), static_cast<int>(decoder.info.image_height)};
}

JpegReader::JpegReader(Bytes bytes, std::string_view name, const DecodeOptions& options)
    : name_(name), decoder_(std::make_unique<Decoder>()) {
  if (!decoder_->read_header(reinterpret_cast<const unsigned char*>(bytes.data()), bytes.size())) fail();
  const auto& info = decoder_->info;
  check_size(info.image_width, info.image_height, name, options);
  J_COLOR_SPACE space = JCS_RGB;
  if (info.num_components == 1) {
    mode_ = ImageMode::l;
    space = JCS_GRAYSCALE;
  } else if (info.num_components == 4) {
    mode_ = ImageMode::cmyk;
    space = JCS_CMYK;
  } else if (info.num_components != 3) {
    throw_bad_input("{}: JPEG: of {} components", name, info.num_components);
  }
  if (!decoder_->start(space, scale_for(info, options))) fail();
  rows_.resize(stride() * kRowsAtOnce);
}

JpegReader::~JpegReader() = default;

int JpegReader::width() const {
  return static_cast<int>(decoder_->info.output_width);
}
int JpegReader::height() const {
  return static_cast<int>(decoder_->info.output_height);
}
std::size_t JpegReader::stride() const {
  return static_cast<std::size_t>(width()) * bytes_per_pixel(mode_);
}

int JpegReader::read(const std::uint8_t** rows) {
  const int left = height() - static_cast<int>(decoder_->info.output_scanline), count = std::min(kRowsAtOnce, left);
  if (!decoder_->read_rows(rows_.data(), stride(), count)) fail();
  if (mode_ == ImageMode::cmyk) {
    // Adobe's convention, which Pillow takes for granted: inks are stored inverted.
    for (std::uint8_t& value : rows_) value = static_cast<std::uint8_t>(255 - value);
  }
  *rows = rows_.data();
  return count;
}

Image decode_jpeg(Bytes bytes, std::string_view name, const DecodeOptions& options) {
  JpegReader reader(bytes, name, options);
  Image image = make_image(reader.width(), reader.height(), reader.mode(), name, options);
  for (std::size_t at = 0; at < image.pixels.size();) {
    const std::uint8_t* rows = nullptr;
    const std::size_t size = static_cast<std::size_t>(reader.read(&rows)) * reader.stride();
    std::memcpy(image.pixels.data() + at, rows, size);
    at += size;
  }
  return image;
}

}  // namespace cnclip
