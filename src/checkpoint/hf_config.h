// config.json of a Hugging Face ChineseCLIPModel folder, read and written.
#pragma once

#include <string>

#include "base/tensor.h"
#include "model/config.h"

namespace cnclip {

// Corrects in `config`, made from tensor shapes, what shapes do not show (numbers of heads, name). Throws bad_input,
// naming `file`, for another model_type, an activation that the official model does not have, or sizes that are not
// those of the tensors.
void apply_hf_config(const std::string& json, const std::string& file, ModelConfig& config);

// The small files that stand beside weights of type `dtype`, by name: config.json, preprocessor_config.json,
// tokenizer_config.json, and vocab.txt where the model has the official vocabulary's size.
std::vector<std::pair<std::string, std::string>> hf_side_files(const ModelConfig& config, DType dtype);

}  // namespace cnclip
