#include "train/word_labels.h"

#include <ATen/ATen.h>

#include "engine/torch/tensors.h"
#include "model/parameters.h"

namespace cnclip {
namespace {

constexpr const char* kWeight = "word_labels.weight";
constexpr const char* kBias = "word_labels.bias";
constexpr double kDeviation = 0.02;  // of the weight's first values

}  // namespace

void add_word_labels(Trainee& trainee, std::int64_t words, std::uint64_t seed) {
  const auto found = trainee.tensors().find(kWeight);
  if (found != trainee.tensors().end() && found->second.size(0) == words) return;
  const std::vector<Parameter> map = {
      {kWeight, {words, trainee.config().embed_dim}, {Initializer::Kind::normal, kDeviation}}, {kBias, {words}, {}}};
  for (const auto& [name, value] : initial_weights(map, seed)) {
    trainee.tensors()[name] = to_torch(value.load()).to(trainee.device()).requires_grad_(true);
  }
}

void drop_word_labels(Trainee& trainee) {
  for (const char* name : {kWeight, kBias}) trainee.tensors().erase(name);
}

WordLoss word_loss(const at::Tensor& features, const at::Tensor& labels, TorchWeights& weights) {
  const at::Tensor rows = at::linear(features, weights.matrix(kWeight), weights.matrix(kBias));
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
