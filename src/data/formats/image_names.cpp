#include "data/formats/image_names.h"

#include <algorithm>
#include <array>

#include "base/ascii.h"

namespace cnclip {

bool is_image_name(std::string_view name) {
  static constexpr std::array<std::string_view, 17> kExtensions = {".jpg",  ".jpeg", ".png",  ".webp", ".gif", ".bmp",
                                                                   ".tif",  ".tiff", ".ppm",  ".pgm",  ".pbm", ".pnm",
                                                                   ".heic", ".heif", ".avif", ".jfif", ".jpe"};
  const std::size_t dot = name.rfind('.');
  if (dot == std::string_view::npos) return false;
  return std::ranges::find(kExtensions, lower(name.substr(dot))) != kExtensions.end();
}

}  // namespace cnclip
