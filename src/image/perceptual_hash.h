// What a picture looks like, in 64 bits: pictures that were resized, recompressed or slightly changed in tone differ in
// few of them, different ones in about half.
#pragma once

#include <cstdint>

#include "cnclip/image.h"

namespace cnclip {

// The signs of the 64 lowest frequencies (of a cosine transform of 32 x 32 greys, the mean left out) against their
// median. A picture of one colour is 0.
std::uint64_t perceptual_hash(const Image& image);

}  // namespace cnclip
