#include "train/word_loss.h"

#include <ATen/ATen.h>

namespace cnclip {

WordLoss word_loss(const at::Tensor& features, const at::Tensor& labels, TorchWeights& weights) {
  const at::Tensor rows =
      at::linear(features, weights.matrix("word_labels.weight"), weights.matrix("word_labels.bias"));
  const at::Tensor logits = rows.to(at::promote_types(rows.scalar_type(), at::kFloat));
  WordLoss made;
  made.loss = -(at::log_softmax(logits, 1) * labels).sum();
  const at::Tensor held = labels > 0, many = held.sum(1, true);
  made.words = many.sum().item<double>();
  const std::int64_t most = many.max().item<std::int64_t>();
  if (most == 0) return made;
  const at::Tensor likely = std::get<1>(logits.detach().topk(most, 1));
  const at::Tensor among = at::arange(most, many.options()).unsqueeze(0) < many;
  made.right = held.gather(1, likely).logical_and(among).sum().item<double>();
  return made;
}

}  // namespace cnclip
