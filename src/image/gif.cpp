#include <gif_lib.h>

#include <algorithm>
#include <cstring>
#include <memory>

#include "base/error.h"
#include "image/codecs.h"

namespace cnclip {
namespace {

struct Cursor {
  Bytes bytes;
  std::size_t at = 0;
};

int read(GifFileType* gif, GifByteType* to, int count) {
  auto* cursor = static_cast<Cursor*>(gif->UserData);
  const auto got = std::min(static_cast<std::size_t>(count), cursor->bytes.size() - cursor->at);
  std::memcpy(to, cursor->bytes.data() + cursor->at, got);
  cursor->at += got;
  return static_cast<int>(got);
}

}  // namespace

Image decode_gif(Bytes bytes, std::string_view name, const DecodeOptions& options) {
  Cursor cursor{bytes};
  int code = 0;
  const std::unique_ptr<GifFileType, void (*)(GifFileType*)> gif(DGifOpen(&cursor, read, &code),
                                                                 [](GifFileType* g) { DGifCloseFile(g, nullptr); });
  const auto fail = [&](const char* why) { throw_bad_input("{}: GIF: {}", name, why); };
  if (!gif) fail("unreadable header");
  Image image = make_image(gif->SWidth, gif->SHeight, ImageMode::palette, name, options);
  for (;;) {
    GifRecordType type;
    if (DGifGetRecordType(gif.get(), &type) == GIF_ERROR) fail("cut short before its first frame");
    if (type == TERMINATE_RECORD_TYPE) fail("has no frame");
    if (type == IMAGE_DESC_RECORD_TYPE) break;
    GifByteType* extension = nullptr;
    if (DGifGetExtension(gif.get(), &code, &extension) == GIF_ERROR) fail("broken extension");
    while (extension != nullptr) {
      if (DGifGetExtensionNext(gif.get(), &extension) == GIF_ERROR) fail("broken extension");
    }
  }
  if (DGifGetImageDesc(gif.get()) == GIF_ERROR) fail("broken frame");
  const GifImageDesc frame = gif->Image;
  const ColorMapObject* colors = frame.ColorMap != nullptr ? frame.ColorMap : gif->SColorMap;
  if (colors == nullptr) fail("has no palette");
  image.palette.assign(256 * 3, 0);
  for (int i = 0; i < std::min(colors->ColorCount, 256); ++i) {
    const std::uint8_t rgb[3] = {colors->Colors[i].Red, colors->Colors[i].Green, colors->Colors[i].Blue};
    std::memcpy(&image.palette[static_cast<std::size_t>(i) * 3], rgb, 3);
  }
  if (frame.Width <= 0 || frame.Height <= 0 || std::int64_t{frame.Width} * frame.Height > options.max_pixels) fail("frame of an impossible size");
  std::fill(image.pixels.begin(), image.pixels.end(), static_cast<std::uint8_t>(gif->SBackGroundColor));
  std::vector<GifByteType> line(static_cast<std::size_t>(frame.Width));
  static constexpr int kFirst[] = {0, 4, 2, 1}, kStep[] = {8, 8, 4, 2};
  for (int pass = 0; pass < (frame.Interlace ? 4 : 1); ++pass) {
    for (int y = frame.Interlace ? kFirst[pass] : 0; y < frame.Height; y += frame.Interlace ? kStep[pass] : 1) {
      if (DGifGetLine(gif.get(), line.data(), frame.Width) == GIF_ERROR) fail("cut short");
      const std::int64_t row = std::int64_t{frame.Top} + y;
      if (row < 0 || row >= image.height) continue;
      for (int x = 0; x < frame.Width; ++x) {
        const std::int64_t column = std::int64_t{frame.Left} + x;
        if (column >= 0 && column < image.width) image.pixels[static_cast<std::size_t>(row * image.width + column)] = line[static_cast<std::size_t>(x)];
      }
    }
  }
  return image;
}

}  // namespace cnclip
