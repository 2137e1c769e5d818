#include "data/formats/image_names.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <string>

namespace cnclip {

bool is_image_name(std::string_view name) {
  static constexpr std::array<std::string_view, 17> kExtensions = {".jpg",  ".jpeg", ".png",  ".webp", ".gif", ".bmp",
                                                                   ".tif",  ".tiff", ".ppm",  ".pgm",  ".pbm", ".pnm",
                                                                   ".heic", ".heif", ".avif", ".jfif", ".jpe"};
  const std::size_t dot = name.rfind('.');
  if (dot == std::string_view::npos) return false;
  std::string extension(name.substr(dot));
  std::transform(extension.begin(), extension.end(), extension.begin(),
                 [](unsigned char c) { return std::tolower(c); });
  return std::find(kExtensions.begin(), kExtensions.end(), extension) != kExtensions.end();
}

}  // namespace cnclip
