// The first frame, as Pillow opens it.
#include <gif_lib.h>

#include <algorithm>
#include <cstring>
#include <memory>

#include "base/error.h"
#include "image/codecs.h"

namespace cnclip {
namespace {

// No code of 12 bits or less stands for more pixels than the table has entries.
constexpr std::size_t kMostFromByte = 4096;

struct Cursor {
  Bytes bytes;
  std::size_t at = 0;
};

int read(GifFileType* gif, GifByteType* to, int count) {
  auto* cursor = static_cast<Cursor*>(gif->UserData);
  const auto got = std::min(static_cast<std::size_t>(count), cursor->bytes.size() - cursor->at);
  if (got > 0) std::memcpy(to, cursor->bytes.data() + cursor->at, got);
  cursor->at += got;
  return static_cast<int>(got);
}

[[noreturn]] void fail(std::string_view name, const char* why) {
  throw_bad_input("{}: GIF: {}", name, why);
}

// Up to the first frame's header. The colour that stands for nothing, or 0: Pillow fills the canvas with it.
std::uint8_t seek_frame(GifFileType* gif, std::string_view name) {
  std::uint8_t fill = 0;
  for (;;) {
    GifRecordType type;
    if (DGifGetRecordType(gif, &type) == GIF_ERROR) fail(name, "cut short before its first frame");
    if (type == TERMINATE_RECORD_TYPE) fail(name, "has no frame");
    if (type == IMAGE_DESC_RECORD_TYPE) break;
    int code = 0;
    GifByteType* block = nullptr;  // its length, then its bytes
    if (DGifGetExtension(gif, &code, &block) == GIF_ERROR) fail(name, "broken extension");
    GraphicsControlBlock control;
    if (code == GRAPHICS_EXT_FUNC_CODE && block != nullptr &&
        DGifExtensionToGCB(block[0], block + 1, &control) == GIF_OK &&
        control.TransparentColor != NO_TRANSPARENT_COLOR) {
      fill = static_cast<std::uint8_t>(control.TransparentColor);
    }
    while (block != nullptr) {
      if (DGifGetExtensionNext(gif, &block) == GIF_ERROR) fail(name, "broken extension");
    }
  }
  if (DGifGetImageDesc(gif) == GIF_ERROR) fail(name, "broken frame");
  return fill;
}

// A palette that names the greys in their order is none: the picture is grey.
bool is_color(const ColorMapObject* map) {
  for (int i = 0; map != nullptr && i < map->ColorCount; ++i) {
    const GifColorType& color = map->Colors[i];
    if (color.Red != i || color.Green != i || color.Blue != i) return true;
  }
  return false;
}

}  // namespace

Image decode_gif(Bytes bytes, std::string_view name, const DecodeOptions& options) {
  Cursor cursor{bytes};
  int code = 0;
  const std::unique_ptr<GifFileType, void (*)(GifFileType*)> gif(DGifOpen(&cursor, read, &code),
                                                                 [](GifFileType* g) { DGifCloseFile(g, nullptr); });
  if (!gif) fail(name, "unreadable header");
  check_size(gif->SWidth, gif->SHeight, name, options);
  const std::uint8_t fill = seek_frame(gif.get(), name);
  const GifImageDesc frame = gif->Image;
  check_size(frame.Width, frame.Height, name, options);
  if (static_cast<std::size_t>(frame.Width) * static_cast<std::size_t>(frame.Height) / kMostFromByte > bytes.size()) {
    fail(name, "cut short: its bytes cannot hold its pixels");
  }
  const ColorMapObject* colors = frame.ColorMap != nullptr ? frame.ColorMap : gif->SColorMap;
  // A frame that lies over the edge widens the canvas.
  Image image = make_image(std::max<std::int64_t>(gif->SWidth, std::int64_t{frame.Left} + frame.Width),
                           std::max<std::int64_t>(gif->SHeight, std::int64_t{frame.Top} + frame.Height),
                           is_color(colors) ? ImageMode::palette : ImageMode::l, name, options);
  if (image.mode == ImageMode::palette) {
    image.palette = grey_palette();
    for (int i = 0; i < std::min(colors->ColorCount, 256); ++i) {
      const std::uint8_t rgb[3] = {colors->Colors[i].Red, colors->Colors[i].Green, colors->Colors[i].Blue};
      std::memcpy(&image.palette[static_cast<std::size_t>(i) * 3], rgb, 3);
    }
  }
  std::fill(image.pixels.begin(), image.pixels.end(), fill);
  static constexpr int kFirst[] = {0, 4, 2, 1}, kStep[] = {8, 8, 4, 2};
  for (int pass = 0; pass < (frame.Interlace ? 4 : 1); ++pass) {
    for (int y = frame.Interlace ? kFirst[pass] : 0; y < frame.Height; y += frame.Interlace ? kStep[pass] : 1) {
      const auto row = static_cast<std::size_t>(frame.Top + y) * static_cast<std::size_t>(image.width);
      GifByteType* to = image.pixels.data() + row + static_cast<std::size_t>(frame.Left);
      if (DGifGetLine(gif.get(), to, frame.Width) == GIF_ERROR) fail(name, "broken or cut short");
    }
  }
  return image;
}

}  // namespace cnclip
