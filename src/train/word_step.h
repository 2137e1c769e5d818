// A step of learning captions' words: the image tower alone.
#pragma once

#include "ranks/world.h"
#include "recipe/recipe.h"
#include "train/gradient_buckets.h"
#include "train/step.h"
#include "train/word_labels.h"

namespace cnclip {

class WordStep final : public Step {
 public:
  // All is kept by reference, the map is among the trainee's tensors, and which parameters are trained must not change
  // any more.
  WordStep(Trainee& trainee, const CaptionWords& words, const Stage& stage, World& world, std::uint64_t seed);

  // The loss is the mean over the pairs of the global batch.
  StepLosses run(const TrainBatch& batch, std::int64_t number, double loss_scale) override;

 private:
  Trainee& trainee_;
  const CaptionWords& words_;
  const Stage& stage_;
  World& world_;
  std::uint64_t seed_;
  GradientBuckets buckets_;
};

}  // namespace cnclip
