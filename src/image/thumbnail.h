// Small pictures for people.
#pragma once

#include "cnclip/image.h"

namespace cnclip {

// RGB, of at most `longest` pixels a side, by bicubic; a smaller picture keeps its size.
Image thumbnail(const Image& image, int longest);

}  // namespace cnclip
