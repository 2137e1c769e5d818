// What tells one set of weights from every other, whatever file holds it.
#pragma once

#include <string>

#include "base/tensor.h"

namespace cnclip {

// SHA-256 over names, shapes and values (as f32) in order of name: the same for .pt, .safetensors and Hugging Face
// folders of the same weights, and for any element type that holds the values exactly. Reads every tensor, one at a
// time.
std::string content_digest(const TensorMap& weights);

}  // namespace cnclip
