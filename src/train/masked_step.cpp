#include "train/masked_step.h"

#include <ATen/ATen.h>
#include <fmt/format.h>
#include <torch/csrc/autograd/autograd.h>

#include "model/towers.h"

namespace cnclip {

MaskedStep::MaskedStep(Trainee& trainee, const Stage& stage, World& world, std::uint64_t seed)
    : Step(trainee, stage, world, seed),
      tower_(text_states(trainee.config()), trainee.weights()),
      masking_(official_special_tokens(), trainee.config().text.vocab_size) {}

std::vector<MaskedTexts> MaskedStep::masked_parts(const TrainBatch& batch, std::int64_t number,
                                                  std::int64_t part) const {
  std::vector<MaskedTexts> parts;
  std::span<const std::int32_t> left(batch.ids);
  for (std::size_t row = 0; row < batch.count; ++row) {
    if (row % static_cast<std::size_t>(part) == 0) parts.emplace_back();
    const std::size_t place = row * static_cast<std::size_t>(world_.size()) + static_cast<std::size_t>(world_.rank());
    Random random(seed_, fmt::format("{} {} mask", number, place));
    const auto length = static_cast<std::size_t>(batch.lengths[row]);
    masking_.add(left.first(length), random, parts.back());
    left = left.subspan(length);
  }
  return parts;
}

StepLosses MaskedStep::run(const TrainBatch& batch, std::int64_t number, double loss_scale) {
  const std::int64_t part = part_of(batch);
  const std::vector<MaskedTexts> parts = masked_parts(batch, number, part);
  double asked = 0;
  for (const MaskedTexts& texts : parts) asked += static_cast<double>(texts.answers.size());
  asked = world_.sum(asked);

  TorchWeights weights = converted_weights();
  TrainingMode mode;
  mode.dropout = true;
  double loss = 0, right = 0;
  for (std::size_t i = 0; i < parts.size(); ++i) {
    const std::int64_t begin = static_cast<std::int64_t>(i) * part;
    seed_pass(number, begin, "text");
    const auto lengths =
        std::span(batch.lengths).subspan(static_cast<std::size_t>(begin), static_cast<std::size_t>(part));
    const MaskedLoss made = masked_language_loss(tower_, weights, trainee_.config().text, parts[i], lengths,
                                                 trainee_.device(), mode, stage_.checkpoint_activations);
    if (i + 1 == parts.size()) buckets_.arm();
    if (!made.loss.defined()) continue;
    torch::autograd::backward({made.loss}, {at::full_like(made.loss, loss_scale / asked)});
    loss += made.loss.item<double>();
    right += made.right;
  }
  buckets_.finish();

  StepLosses losses;
  losses.loss = world_.sum(loss) / asked;
  losses.word_accuracy = world_.sum(right) / asked;
  return losses;
}

}  // namespace cnclip
