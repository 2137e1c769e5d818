// What tells one model from every other, whatever file holds it.
#pragma once

#include <string>

#include "checkpoint/load.h"

namespace cnclip {

// SHA-256 over names, shapes and values (as f32) in order of name: the same for .pt, .safetensors and Hugging Face
// folders of the same weights, and for any element type that holds the values exactly. Reads every tensor, one at a
// time.
std::string content_digest(const TensorMap& weights);

// The fingerprint of a model: of the digest of its weights and of its configuration, whose name does not count.
std::string model_fingerprint(const Checkpoint& checkpoint);

}  // namespace cnclip
