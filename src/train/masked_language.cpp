#include "train/masked_language.h"

#include <ATen/ATen.h>

#include "engine/torch/tensors.h"

namespace cnclip {
namespace {

// As transformers' BertForMaskedLM: dense, GELU, LayerNorm, then the table of word embeddings and a bias.
at::Tensor head(const at::Tensor& states, TorchWeights& weights, float epsilon) {
  const std::string name = "cls.predictions.", norm = name + "transform.LayerNorm.";
  at::Tensor y = at::gelu(at::linear(states, weights.matrix(name + "transform.dense.weight"),
                                     weights.matrix(name + "transform.dense.bias")));
  const at::Tensor scale = weights.norm(norm + "weight");
  y = at::layer_norm(y, scale.sizes(), scale, weights.norm(norm + "bias"), epsilon).to(weights.type());
  return at::linear(y, weights.matrix("bert.embeddings.word_embeddings.weight"), weights.matrix(name + "bias"));
}

at::Tensor indices(const auto& values, at::Device device) {
  at::Tensor made = at::empty({static_cast<std::int64_t>(values.size())}, at::kLong);
  std::ranges::copy(values, made.data_ptr<std::int64_t>());
  return made.to(device);
}

}  // namespace

MaskedLoss masked_language_loss(const TrainedTower& tower, TorchWeights& weights, const BertConfig& config,
                                const MaskedTexts& texts, std::span<const std::int32_t> lengths, at::Device device,
                                const TrainingMode& mode, bool recompute) {
  if (texts.answers.empty()) return {};
  const Batch rows{static_cast<std::int64_t>(lengths.size()), {}, texts.ids, lengths};
  const TorchBatch batch = to_torch(rows, tower.shape, device);
  const at::Tensor states =
      recompute ? forward_recomputing(tower.graph, weights, batch, mode) : forward(tower.graph, weights, batch, mode);
  at::Tensor logits = head(states.index_select(0, indices(texts.places, device)), weights, config.epsilon);
  logits = logits.to(at::promote_types(logits.scalar_type(), at::kFloat));
  const at::Tensor answers = indices(texts.answers, device);
  return {at::cross_entropy_loss(logits, answers, {}, at::Reduction::Sum),
          logits.detach().argmax(1).eq(answers).sum().item<double>()};
}

}  // namespace cnclip
