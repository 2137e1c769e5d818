// Learning an image tower by the words of its captions: each picture's features tell, by a linear map, how likely each
// word is (Joulin et al., arXiv 1511.02251; with weighted words, Huang et al., arXiv 2411.03313).
#pragma once

#include "engine/torch/weights.h"
#include "train/caption_words.h"
#include "train/trainee.h"

namespace cnclip {

// Puts the map, word_labels.weight (words, embed_dim) and word_labels.bias, beside the model's parameters; drawn anew
// unless it is there for as many words.
void add_word_labels(Trainee& trainee, std::int64_t words, std::uint64_t seed);
void drop_word_labels(Trainee& trainee);

struct WordLoss {
  at::Tensor loss;  // cross entropies of all rows, summed; differentiable
  // Of the words that the captions hold, those that are among as many most likely ones.
  double right = 0, words = 0;
};

// Features (n, embed_dim) as the tower gives them; labels (n, words) as CaptionWords gives them, on the same device.
WordLoss word_loss(const at::Tensor& features, const at::Tensor& labels, TorchWeights& weights);

}  // namespace cnclip
