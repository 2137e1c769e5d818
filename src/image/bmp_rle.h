// The run lengths of BMP files.
#pragma once

#include "image/codecs.h"

namespace cnclip {

// width * height indexes, one a byte, in the file's order of rows. `begin` is the place of `bytes` in the file, on
// which the padding of literal runs depends. Throws bad_input when the file ends early.
std::vector<std::uint8_t> unpack_bmp_rle(Bytes bytes, std::size_t begin, std::size_t width, std::size_t height,
                                         bool four_bits, std::string_view name);

}  // namespace cnclip
