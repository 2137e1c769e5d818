// The naming conventions of the field, brought under the official names and back.
#pragma once

#include "base/tensor.h"
#include "model/config.h"

namespace cnclip {

enum class Convention {
  official,      // visual.*, bert.*, text_projection
  hugging_face,  // ChineseCLIPModel: vision_model.*, text_model.*
  openai,        // OpenAI CLIP, also in open_clip's hands: visual.* beside a text tower of its own
  hf_clip,       // CLIPModel of transformers: vision_model.* beside a text tower of its own
  bert,          // BERT or RoBERTa: [bert.]embeddings.*, [bert.]encoder.*
  other,         // none of these
};

// What a set of tensors is, by its names: "an official Chinese-CLIP checkpoint", "OpenAI CLIP", …
Convention convention_of(const TensorMap& raw);
std::string describe(Convention convention);

// The tensors under official names. What is nested ("state_dict.", "module.") is unwrapped; what the model does not
// have (poolers, position ids, heads of pre-training, foreign text towers, optimizer state) is left out; what nobody
// knows keeps its name. Throws bad_input, naming `file`, when tensors that belong together do not fit.
TensorMap to_official(const TensorMap& raw, const std::string& file);

// Official names to those of ChineseCLIPModel. Throws usage for a ResNet, which transformers does not have.
TensorMap to_hugging_face(const TensorMap& official, const ModelConfig& config);

}  // namespace cnclip
