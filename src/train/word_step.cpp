#include "train/word_step.h"

#include <ATen/ATen.h>
#include <torch/csrc/autograd/autograd.h>

#include "train/features.h"
#include "train/image_pass.h"
#include "train/word_loss.h"

namespace cnclip {

WordStep::WordStep(Trainee& trainee, const CaptionWords& words, const Stage& stage, World& world, std::uint64_t seed)
    : Step(trainee, stage, world, seed), words_(words) {}

StepLosses WordStep::run(const TrainBatch& batch, std::int64_t number, double loss_scale) {
  const std::int64_t share = static_cast<std::int64_t>(batch.count), part = part_of(batch);
  const double pairs = static_cast<double>(share) * world_.size();
  TorchWeights weights = converted_weights();
  double loss = 0, right = 0, words = 0;
  for (std::int64_t begin = 0; begin < share; begin += part) {
    seed_pass(number, begin, "image");
    const Batch texts = texts_of(batch, begin, part);
    const at::Tensor features =
        image_pass(trainee_, weights, stage_, world_, images_of(batch, begin, part, trainee_.images().shape));
    const at::Tensor labels = words_.labels(texts.ids, texts.lengths).to(trainee_.device());
    const WordLoss made = word_loss(features, labels, weights);
    if (begin + part == share) buckets_.arm();
    torch::autograd::backward({made.loss}, {at::full_like(made.loss, loss_scale / pairs)});
    loss += made.loss.item<double>();
    right += made.right;
    words += made.words;
  }
  buckets_.finish();
  StepLosses losses;
  losses.loss = world_.sum(loss) / pairs;
  losses.word_accuracy = world_.sum(right) / std::max(world_.sum(words), 1.0);
  return losses;
}

}  // namespace cnclip
