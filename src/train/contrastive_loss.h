// The symmetric contrastive loss of CLIP over the global batch, computed in tiles.
//
//   logits = exp(logit_scale) images texts^T;  loss = (CE(rows) + CE(columns)) / 2
//
// The N x N matrix is never held: a tile of logits is made for the log-sums, and made again for the gradients. Each
// rank computes the rows of its own images and the columns of its own texts against everybody's; what its rows need of
// other ranks' sums is one number a pair. The gradients are exact, those of one process with the whole batch (the
// official code's --gather-with-grad; cn_clip/training/train.py, get_loss).
#pragma once

#include <optional>

#include "ranks/world.h"

namespace cnclip {

// What a pair shares with others, (n) i64 each. A pair of equal image or equal text is no negative: the target is
// spread evenly over all of a row's positives.
struct PairIds {
  at::Tensor images, texts;
};

struct ContrastiveLoss {
  double loss = 0;                              // of the global batch
  at::Tensor image_gradients, text_gradients;   // (n, d), of this rank's features
  double logit_scale_gradient = 0;              // of the global batch
  double image_to_text = 0, text_to_image = 0;  // share of the global batch whose largest logit is a positive
};

// Features (n, d) f32 of unit length, without gradient history; the same n on every rank. Without ids, only the pair
// itself is positive.
ContrastiveLoss contrastive_loss(const at::Tensor& images, const at::Tensor& texts, double logit_scale, World& world,
                                 const std::optional<PairIds>& ids = {});

}  // namespace cnclip
