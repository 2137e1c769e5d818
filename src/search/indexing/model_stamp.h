// What an index remembers of the model that made its vectors.
#pragma once

#include "cnclip/encoder.h"
#include "search/library/picture.h"

namespace cnclip::search {

// `model` is what `encoder` was opened by.
ModelStamp stamp_of(const std::string& model, const Encoder& encoder, bool fast_decode, bool oriented);

std::string describe(const ModelStamp& stamp);  // "ViT-B-16 (0a1b2c3d, bf16)", and what is unusual

}  // namespace cnclip::search
