#include "image/tiff_file.h"

#include <algorithm>
#include <cstdio>
#include <cstring>

#include "base/error.h"

namespace cnclip {
namespace {

// No strip, tile or table of a file within our limits is larger.
constexpr tmsize_t kMaxAllocation = tmsize_t{1} << 30;

}  // namespace

tmsize_t TiffFile::read(thandle_t handle, void* to, tmsize_t count) {
  auto* self = static_cast<TiffFile*>(handle);
  const std::uint64_t left = self->at_ < self->bytes_.size() ? self->bytes_.size() - self->at_ : 0;
  const auto got = std::min(left, static_cast<std::uint64_t>(std::max<tmsize_t>(count, 0)));
  if (got > 0) std::memcpy(to, self->bytes_.data() + self->at_, got);
  self->at_ += got;
  return static_cast<tmsize_t>(got);
}

toff_t TiffFile::seek(thandle_t handle, toff_t offset, int whence) {
  auto* self = static_cast<TiffFile*>(handle);
  const std::uint64_t base = whence == SEEK_CUR ? self->at_ : whence == SEEK_END ? self->bytes_.size() : 0;
  return self->at_ = base + offset;
}

int TiffFile::on_error(TIFF*, void* self, const char*, const char* format, va_list arguments) {
  char text[256];
  std::vsnprintf(text, sizeof text, format, arguments);
  static_cast<TiffFile*>(self)->message_ = text;
  return 1;
}

void TiffFile::fail(std::string_view doing) const {
  throw_bad_input("{}: TIFF: {}{}{}", name_, doing, message_.empty() ? "" : ": ", message_);
}

TiffFile::TiffFile(Bytes bytes, std::string_view name) : bytes_(bytes), name_(name) {
  // Handlers of this file alone: libtiff's global ones would speak on stderr and belong to the whole program.
  const std::unique_ptr<TIFFOpenOptions, void (*)(TIFFOpenOptions*)> options(TIFFOpenOptionsAlloc(),
                                                                             TIFFOpenOptionsFree);
  TIFFOpenOptionsSetMaxSingleMemAlloc(options.get(), kMaxAllocation);
  TIFFOpenOptionsSetErrorHandlerExtR(options.get(), on_error, this);
  TIFFOpenOptionsSetWarningHandlerExtR(
      options.get(), [](TIFF*, void*, const char*, const char*, va_list) { return 1; }, nullptr);
  tiff_.reset(TIFFClientOpenExt(
      "picture", "rm", this, read, [](thandle_t, void*, tmsize_t) { return tmsize_t{0}; }, seek,
      [](thandle_t) { return 0; }, [](thandle_t self) { return toff_t{static_cast<TiffFile*>(self)->bytes_.size()}; },
      nullptr, nullptr, options.get()));
  if (!tiff_) fail("unreadable header");
}

}  // namespace cnclip
