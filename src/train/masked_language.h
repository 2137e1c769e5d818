// Masked language modelling of the text tower: BERT's head, and the loss of the tokens that are to be told.
#pragma once

#include "engine/torch/forward.h"
#include "train/masking.h"
#include "train/trainee.h"

namespace cnclip {

struct MaskedLoss {
  at::Tensor loss;   // the sum over the tokens that are to be told, differentiable
  double right = 0;  // of them, those whose most likely token is the answer
};

// Of texts as Masking makes them, in the types of the weights. `tower` gives the hidden states of all tokens
// (model/towers.h, text_states), `weights` holds those of the model and of its head (model/parameters.h,
// masked_language_head). Of none to be told, undefined.
MaskedLoss masked_language_loss(const TrainedTower& tower, TorchWeights& weights, const BertConfig& config,
                                const MaskedTexts& texts, std::span<const std::int32_t> lengths, at::Device device,
                                const TrainingMode& mode, bool recompute);

}  // namespace cnclip
