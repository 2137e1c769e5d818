// How well the words of captions are told from the pictures of a validation split.
#pragma once

#include "loader/pairs.h"
#include "metrics/record.h"
#include "ranks/world.h"
#include "recipe/recipe.h"
#include "train/word_labels.h"

namespace cnclip {

class WordValidation {
 public:
  // Keeps references to `words`, `trainee`, `data` and `world`. Throws bad_input for a record that is broken.
  WordValidation(std::shared_ptr<const PairStore> pairs, const CaptionWords& words, const Trainee& trainee,
                 const DataRecipe& data, World& world, TrainingPrecision precision);

  // Each picture once, by one of the ranks, with the words of its first caption. Fills loss, word_accuracy and seconds;
  // what belongs to pairs is NaN. Throws bad_input for a picture that cannot be decoded.
  ValidRecord run() const;

 private:
  std::shared_ptr<const PairStore> pairs_;
  const CaptionWords& words_;
  const Trainee& trainee_;
  const DataRecipe& data_;
  World& world_;
  TrainingPrecision precision_;
  std::vector<std::size_t> mine_;                    // pairs, one of each picture
  std::vector<std::vector<std::int32_t>> captions_;  // ids, of each of them
  double pictures_ = 0;                              // on all ranks
};

}  // namespace cnclip
