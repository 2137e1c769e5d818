// The graphs of the two towers. Weights carry their official names.
#pragma once

#include "graph/builder.h"
#include "model/config.h"

namespace cnclip {

// Mean and standard deviation of CLIP's training images, per channel, of pixels scaled to 0..1.
inline constexpr std::array<float, 3> kPixelMean = {0.48145466f, 0.4578275f, 0.40821073f};
inline constexpr std::array<float, 3> kPixelStd = {0.26862954f, 0.26130258f, 0.27577711f};

Value vit(GraphBuilder& g, const VitConfig& config, Value pixels);
Value modified_resnet(GraphBuilder& g, const ResNetConfig& config, Value pixels);
Value bert(GraphBuilder& g, const BertConfig& config, Value tokens);

// From tokens to the hidden states of all of them, (N, T, hidden_size): the text tower without its end.
Value bert_states(GraphBuilder& g, const BertConfig& config, Value tokens);
Graph text_states(const ModelConfig& config);

// From pixels or tokens to features (N, embed_dim), not normalised.
Graph image_tower(const ModelConfig& config);
Graph text_tower(const ModelConfig& config);

}  // namespace cnclip
