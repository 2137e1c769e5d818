// Pictures to JPEG files, by libjpeg-turbo.
#pragma once

#include <string>

#include "cnclip/image.h"

namespace cnclip {

// Baseline JPEG with halved colour resolution, the bytes that Pillow's save() makes. Takes modes l and rgb (throws
// internal for another); quality 1 to 100.
std::string encode_jpeg(const Image& image, int quality);

}  // namespace cnclip
