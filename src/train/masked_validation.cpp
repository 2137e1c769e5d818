#include "train/masked_validation.h"

#include <c10/core/GradMode.h>

#include "base/error.h"
#include "model/towers.h"
#include "train/features.h"

namespace cnclip {
namespace {

constexpr std::size_t kTexts = 128;  // captions of one pass: logits of every masked token are kept
constexpr std::uint64_t kSeed = 0;

}  // namespace

MaskedValidation::MaskedValidation(const ValidationSet& set, const Trainee& trainee, World& world,
                                   TrainingPrecision precision)
    : trainee_(trainee),
      world_(world),
      precision_(precision),
      tower_(text_states(trainee.config()), trainee.weights()) {
  const Masking masking(official_special_tokens(), trainee.config().text.vocab_size);
  const auto ranks = static_cast<std::size_t>(world.size());
  double asked = 0;
  for (auto i = static_cast<std::size_t>(world.rank()); i < set.captions.size(); i += ranks) {
    if (parts_.empty() || parts_.back().lengths.size() == kTexts) parts_.emplace_back();
    Random random(kSeed, fmt::format("{} valid mask", i));
    Part& part = parts_.back();
    const std::size_t before = part.texts.answers.size();
    masking.add(set.captions[i], random, part.texts);
    part.lengths.push_back(static_cast<std::int32_t>(set.captions[i].size()));
    asked += static_cast<double>(part.texts.answers.size() - before);
  }
  asked_ = world.sum(asked);
  if (asked_ == 0) throw_bad_input("validation: the captions hold no token that could be masked");
}

ValidRecord MaskedValidation::run() const {
  const c10::NoGradGuard inference;
  TorchWeights weights(trainee_.tensors(), compute_type(precision_));
  double loss = 0, right = 0;
  for (const Part& part : parts_) {
    const MaskedLoss made = masked_language_loss(tower_, weights, trainee_.config().text, part.texts, part.lengths,
                                                 trainee_.device(), {}, /*recompute=*/false);
    if (!made.loss.defined()) continue;
    loss += made.loss.item<double>();
    right += made.right;
  }
  const double told = world_.sum(right) / asked_;
  return word_record(world_.sum(loss) / asked_, told);
}

}  // namespace cnclip
