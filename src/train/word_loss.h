// Learning an image tower by the words of its captions: each picture's features tell, by a linear map, how likely each
// word is (Joulin et al., arXiv 1511.02251; with weighted words, Huang et al., arXiv 2411.03313).
#pragma once

#include "engine/torch/weights.h"

namespace cnclip {

struct WordLoss {
  at::Tensor loss;  // cross entropies of all rows, summed; differentiable
  // Of the words that the captions hold, those that are among as many most likely ones.
  double right = 0, words = 0;
};

// Features (n, embed_dim) as the tower gives them; labels (n, words) as CaptionWords gives them, on the same device.
// `weights` holds the map (model/parameters.h, word_labels).
WordLoss word_loss(const at::Tensor& features, const at::Tensor& labels, TorchWeights& weights);

}  // namespace cnclip
