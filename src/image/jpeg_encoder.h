// JPEG files by libjpeg-turbo, with the settings that Pillow's save() has by default (4:2:0).
#pragma once

#include <cstdint>
#include <span>
#include <string>

namespace cnclip {

// `planes`: R, G, B of size x size bytes each.
std::string encode_jpeg(std::span<const std::uint8_t> planes, int size, int quality);

}  // namespace cnclip
