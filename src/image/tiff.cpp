#include <tiffio.h>

#include <algorithm>
#include <cstring>
#include <memory>

#include "base/error.h"
#include "image/codecs.h"

namespace cnclip {
namespace {

struct Cursor {
  Bytes bytes;
  std::uint64_t at = 0;
};

tmsize_t read(thandle_t handle, void* to, tmsize_t count) {
  auto* cursor = static_cast<Cursor*>(handle);
  const std::uint64_t left = cursor->at < cursor->bytes.size() ? cursor->bytes.size() - cursor->at : 0;
  const auto got = std::min(left, static_cast<std::uint64_t>(count));
  std::memcpy(to, cursor->bytes.data() + cursor->at, got);
  cursor->at += got;
  return static_cast<tmsize_t>(got);
}

toff_t seek(thandle_t handle, toff_t offset, int whence) {
  auto* cursor = static_cast<Cursor*>(handle);
  cursor->at = whence == SEEK_CUR ? cursor->at + offset : whence == SEEK_END ? cursor->bytes.size() + offset : offset;
  return cursor->at;
}

}  // namespace

Image decode_tiff(Bytes bytes, std::string_view name, const DecodeOptions& options) {
  TIFFSetErrorHandler(nullptr);
  TIFFSetWarningHandler(nullptr);
  Cursor cursor{bytes};
  const std::unique_ptr<TIFF, void (*)(TIFF*)> tiff(
      TIFFClientOpen("picture", "rm", &cursor, read, [](thandle_t, void*, tmsize_t) { return tmsize_t{0}; }, seek,
                     [](thandle_t) { return 0; }, [](thandle_t h) { return toff_t{static_cast<Cursor*>(h)->bytes.size()}; },
                     nullptr, nullptr),
      TIFFClose);
  if (!tiff) throw_bad_input("{}: TIFF: unreadable header", name);
  std::uint32_t width = 0, height = 0;
  TIFFGetField(tiff.get(), TIFFTAG_IMAGEWIDTH, &width);
  TIFFGetField(tiff.get(), TIFFTAG_IMAGELENGTH, &height);
  Image image = make_image(width, height, ImageMode::rgb, name, options);
  std::vector<std::uint32_t> raster(static_cast<std::size_t>(width) * height);
  if (TIFFReadRGBAImageOriented(tiff.get(), width, height, raster.data(), ORIENTATION_TOPLEFT, 1) == 0) {
    throw_bad_input("{}: TIFF: broken, cut short or of a kind that is not read", name);
  }
  for (std::size_t i = 0; i < raster.size(); ++i) {
    for (std::size_t c = 0; c < 3; ++c) image.pixels[i * 3 + c] = static_cast<std::uint8_t>(raster[i] >> (8 * c));
  }
  return image;
}

}  // namespace cnclip
