// A TIFF file in memory, opened by libtiff.
#pragma once

#include <tiffio.h>

#include <memory>
#include <string>

#include "image/codecs.h"

namespace cnclip {

class TiffFile {
 public:
  // The bytes must outlive it. Throws bad_input where libtiff cannot read the first directory.
  TiffFile(Bytes bytes, std::string_view name);
  TiffFile(const TiffFile&) = delete;
  TiffFile& operator=(const TiffFile&) = delete;

  TIFF* get() const { return tiff_.get(); }
  // A field of type T, its default where the file lacks it.
  template <class T>
  T field(std::uint32_t tag) const {
    T value{};
    TIFFGetFieldDefaulted(tiff_.get(), tag, &value);
    return value;
  }
  // Throws bad_input with libtiff's last message.
  [[noreturn]] void fail(std::string_view doing) const;

 private:
  static tmsize_t read(thandle_t handle, void* to, tmsize_t count);
  static toff_t seek(thandle_t handle, toff_t offset, int whence);
  static int on_error(TIFF* tiff, void* self, const char* module, const char* format, va_list arguments);

  Bytes bytes_;
  std::uint64_t at_ = 0;
  std::string name_;
  std::string message_;
  std::unique_ptr<TIFF, void (*)(TIFF*)> tiff_{nullptr, TIFFClose};
};

}  // namespace cnclip
