// How good the model is on a validation split: the official in-batch figures, and true recall.
#pragma once

#include "loader/pairs.h"
#include "metrics/record.h"
#include "ranks/world.h"
#include "recipe/recipe.h"
#include "train/trainee.h"

namespace cnclip {

class Validation {
 public:
  // Keeps references to `data`, `trainee` and `world`. Throws bad_input for a record that is broken.
  Validation(std::shared_ptr<const PairStore> pairs, const Trainee& trainee, const DataRecipe& data, World& world);

  // From now on in this precision; features of pictures are computed once in a stage that locks their tower.
  void begin_stage(TrainingPrecision precision, bool images_locked);

  // The ids of every caption, each once.
  const std::vector<std::vector<std::int32_t>>& captions() const { return tokens_; }

  // Each picture and each caption is encoded once, by one of the ranks. Fills loss, accuracies, recalls and seconds:
  //   in-batch: every pair once in a shuffled order, 64 at a time, the last batch filled up from the beginning; loss
  //     and accuracies of each batch by itself, averaged (cn_clip/training/train.py, evaluate)
  //   recall: a caption's pictures are all that it is paired with, and the other way round; R@k is the share of queries
  //     with one of theirs among the k nearest (cn_clip/eval/evaluation.py). Equal similarities count against the
  //     model, so that one that tells nothing apart finds nothing. Captions of the same characters are one query.
  // Throws bad_input for a picture that cannot be decoded: figures of less than the whole set would not compare.
  ValidRecord run();

 private:
  struct Features {
    at::Tensor images, texts;  // (count, width), unit length
  };
  Features encode_all();
  at::Tensor encode_images(std::size_t begin, std::size_t end, TorchWeights& weights);
  at::Tensor encode_texts(std::size_t begin, std::size_t end, TorchWeights& weights);
  void add_in_batch(const Features& features, ValidRecord& record);

  std::shared_ptr<const PairStore> pairs_;
  const Trainee& trainee_;
  const DataRecipe& data_;
  World& world_;
  TrainingPrecision precision_ = TrainingPrecision::f32;
  bool images_locked_ = false;
  at::Tensor locked_images_;                       // features, once they are known
  std::vector<std::size_t> pair_of_image_;         // one that each picture belongs to
  std::vector<std::vector<std::int32_t>> tokens_;  // of each caption
  std::vector<std::size_t> image_of_, text_of_;    // of each pair: places in the two above
};

// Share of queries, percent, with a positive among the first 1, 5, 10. Features (count, width) on the CPU;
// positives[i]: candidates that belong to query i, each once.
Recall recall(const at::Tensor& queries, const at::Tensor& candidates,
              const std::vector<std::vector<std::size_t>>& positives);

}  // namespace cnclip
