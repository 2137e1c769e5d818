// JPEG by libjpeg-turbo, with Pillow's settings, a few rows at a time.
#pragma once

#include <memory>

#include "image/codecs.h"

namespace cnclip {

// Told by the first bytes.
bool is_jpeg(Bytes bytes);

struct PictureSize {
  int width = 0, height = 0;
};

class JpegReader {
 public:
  // As the header has it, before any scaling.
  static PictureSize size_of(Bytes bytes, std::string_view name);

  // Reads the header. The bytes and the name must outlive the reader.
  JpegReader(Bytes bytes, std::string_view name, const DecodeOptions& options);
  ~JpegReader();
  JpegReader(const JpegReader&) = delete;
  JpegReader& operator=(const JpegReader&) = delete;

  // After DCT scaling, when that was asked for.
  int width() const;
  int height() const;
  ImageMode mode() const { return mode_; }
  std::size_t stride() const;  // bytes from row to row
  // The next rows, valid until the next call; how many. Not to be called after the last row.
  int read(const std::uint8_t** rows);

 private:
  struct Decoder;
  [[noreturn]] void fail() const;

  std::string_view name_;
  ImageMode mode_ = ImageMode::rgb;
  std::unique_ptr<Decoder> decoder_;
  std::vector<std::uint8_t> rows_;
};

Image decode_jpeg(Bytes bytes, std::string_view name, const DecodeOptions& options);

}  // namespace cnclip
