// How well the words of captions are told from the pictures of a validation split.
#pragma once

#include "metrics/record.h"
#include "ranks/world.h"
#include "train/caption_words.h"
#include "train/validation_set.h"

namespace cnclip {

class WordValidation {
 public:
  // All is kept by reference.
  WordValidation(const ValidationSet& set, const CaptionWords& words, const Trainee& trainee, World& world,
                 TrainingPrecision precision);

  // Each picture once, by one of the ranks, with the words of its first caption. Fills loss and word_accuracy; what
  // belongs to pairs is NaN. Throws bad_input for a picture that cannot be decoded.
  ValidRecord run() const;

 private:
  const ValidationSet& set_;
  const CaptionWords& words_;
  const Trainee& trainee_;
  World& world_;
  TrainingPrecision precision_;
  std::vector<std::size_t> mine_;  // pairs, one of each picture
};

}  // namespace cnclip
