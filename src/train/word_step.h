// A step of learning captions' words: the image tower alone.
#pragma once

#include "train/caption_words.h"
#include "train/step.h"

namespace cnclip {

class WordStep final : public Step {
 public:
  // `words` too is kept by reference.
  WordStep(Trainee& trainee, const CaptionWords& words, const Stage& stage, World& world, std::uint64_t seed);

  // The loss is the mean over the pairs of the global batch.
  StepLosses run(const TrainBatch& batch, std::int64_t number, double loss_scale) override;

 private:
  const CaptionWords& words_;
};

}  // namespace cnclip
