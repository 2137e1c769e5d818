// A step of masked language modelling: the text tower alone, its captions alone.
#pragma once

#include "train/masked_language.h"
#include "train/step.h"

namespace cnclip {

class MaskedStep final : public Step {
 public:
  // What is masked follows from (seed, step, place in the global batch), so that neither ranks nor parts change it.
  MaskedStep(Trainee& trainee, const Stage& stage, World& world, std::uint64_t seed);

  // The loss is the mean over the masked tokens of the global batch; not finite where there is none.
  StepLosses run(const TrainBatch& batch, std::int64_t number, double loss_scale) override;

 private:
  std::vector<MaskedTexts> masked_parts(const TrainBatch& batch, std::int64_t number, std::int64_t part) const;

  TrainedTower tower_;
  Masking masking_;
};

}  // namespace cnclip
