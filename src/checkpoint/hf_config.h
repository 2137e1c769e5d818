// config.json of a Hugging Face ChineseCLIPModel folder, read and written.
#pragma once

#include <string>

#include "model/config.h"

namespace cnclip {

// Corrects in `config`, made from tensor shapes, what shapes do not show (numbers of heads, name). Throws bad_input,
// naming `file`, for another model_type or an activation that the official model does not have.
void apply_hf_config(const std::string& json, const std::string& file, ModelConfig& config);

// The small files that stand beside the weights, by name: config.json, preprocessor_config.json, tokenizer_config.json.
std::vector<std::pair<std::string, std::string>> hf_side_files(const ModelConfig& config, std::string_view dtype);

}  // namespace cnclip
