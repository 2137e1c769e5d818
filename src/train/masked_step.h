// A step of masked language modelling: the text tower alone, its captions alone.
#pragma once

#include "ranks/world.h"
#include "recipe/recipe.h"
#include "train/gradient_buckets.h"
#include "train/masked_language.h"
#include "train/step.h"

namespace cnclip {

class MaskedStep final : public Step {
 public:
  // All is kept by reference, the head is among the trainee's tensors, and which parameters are trained must not change
  // any more. What is masked follows from (seed, step, place in the global batch), so that neither ranks nor parts
  // change it; dropout from (seed, step, rank, part).
  MaskedStep(Trainee& trainee, const Stage& stage, World& world, std::uint64_t seed);

  // The loss is the mean over the masked tokens of the global batch; not finite where there is none.
  StepLosses run(const TrainBatch& batch, std::int64_t number, double loss_scale) override;

 private:
  std::vector<MaskedTexts> masked_parts(const TrainBatch& batch, std::int64_t number, std::int64_t part) const;

  Trainee& trainee_;
  const Stage& stage_;
  World& world_;
  std::uint64_t seed_;
  TrainedTower tower_;
  Masking masking_;
  GradientBuckets buckets_;
};

}  // namespace cnclip
