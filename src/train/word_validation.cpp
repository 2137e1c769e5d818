#include "train/word_validation.h"

#include <ATen/ATen.h>
#include <c10/core/GradMode.h>

#include "train/features.h"
#include "train/word_loss.h"

namespace cnclip {

WordValidation::WordValidation(const ValidationSet& set, const CaptionWords& words, const Trainee& trainee,
                               World& world, TrainingPrecision precision)
    : set_(set), words_(words), trainee_(trainee), world_(world), precision_(precision) {
  const auto ranks = static_cast<std::size_t>(world.size());
  for (auto i = static_cast<std::size_t>(world.rank()); i < set.pair_of_image.size(); i += ranks) {
    mine_.push_back(set.pair_of_image[i]);
  }
}

ValidRecord WordValidation::run() const {
  const c10::NoGradGuard inference;
  TorchWeights weights(trainee_.tensors(), compute_type(precision_));
  double loss = 0, right = 0, words = 0;
  const auto add = [&](const at::Tensor& features, std::span<const std::size_t> places) {
    std::vector<std::int32_t> ids, lengths;
    for (const std::size_t place : places) {
      const std::vector<std::int32_t>& caption = set_.captions[set_.text_of[mine_[place]]];
      ids.insert(ids.end(), caption.begin(), caption.end());
      lengths.push_back(static_cast<std::int32_t>(caption.size()));
    }
    const WordLoss made = word_loss(features, words_.labels(ids, lengths).to(trainee_.device()), weights);
    loss += made.loss.item<double>();
    right += made.right;
    words += made.words;
  };
  set_.for_each_features(mine_, trainee_, weights, add);
  const double told = world_.sum(right) / std::max(world_.sum(words), 1.0);
  return word_record(world_.sum(loss) / static_cast<double>(set_.pair_of_image.size()), told);
}

}  // namespace cnclip
