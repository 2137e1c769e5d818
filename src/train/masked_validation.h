// How well masked tokens of a validation split are told.
#pragma once

#include "metrics/record.h"
#include "ranks/world.h"
#include "train/masked_language.h"
#include "train/validation_set.h"

namespace cnclip {

class MaskedValidation {
 public:
  // Keeps references to `trainee` and `world`. Throws bad_input where no caption has a token to ask for.
  MaskedValidation(const ValidationSet& set, const Trainee& trainee, World& world, TrainingPrecision precision);

  // Each caption once, by one of the ranks, always with the same masks, without dropout. Fills loss and word_accuracy;
  // what belongs to pairs is NaN.
  ValidRecord run() const;

 private:
  const Trainee& trainee_;
  World& world_;
  TrainingPrecision precision_;
  TrainedTower tower_;
  struct Part {
    MaskedTexts texts;
    std::vector<std::int32_t> lengths;
  };
  std::vector<Part> parts_;  // this rank's
  double asked_ = 0;         // tokens, on all ranks
};

}  // namespace cnclip
