// How good the model is on a validation split: the official in-batch figures, and true recall.
#pragma once

#include "metrics/record.h"
#include "ranks/world.h"
#include "train/validation_set.h"

namespace cnclip {

class Validation {
 public:
  // All is kept by reference. With `images_locked`, features of pictures are computed once.
  Validation(const ValidationSet& set, const Trainee& trainee, World& world, TrainingPrecision precision,
             bool images_locked);

  // Each picture and each caption is encoded once, by one of the ranks. Fills loss, accuracies and recalls:
  //   in-batch: every pair once in a shuffled order, 64 at a time, the last batch filled up from the beginning; loss
  //     and accuracies of each batch by itself, averaged (cn_clip/training/train.py, evaluate)
  //   recall: a caption's pictures are all that it is paired with, and the other way round; R@k is the share of queries
  //     with one of theirs among the k nearest (cn_clip/eval/evaluation.py). Equal similarities count against the
  //     model, so that one that tells nothing apart finds nothing. Captions of the same characters are one query.
  // Throws bad_input for a picture that cannot be decoded.
  ValidRecord run();

 private:
  struct Features {
    at::Tensor images, texts;  // (count, width), unit length
  };
  Features encode_all();
  at::Tensor encode_images(std::size_t begin, std::size_t end, TorchWeights& weights);
  at::Tensor encode_texts(std::size_t begin, std::size_t end, TorchWeights& weights);
  void add_in_batch(const Features& features, ValidRecord& record);

  const ValidationSet& set_;
  const Trainee& trainee_;
  World& world_;
  TrainingPrecision precision_;
  bool images_locked_;
  at::Tensor locked_images_;  // features, once they are known
};

// Share of queries, percent, with a positive among the first 1, 5, 10. Features (count, width) on the CPU;
// positives[i]: candidates that belong to query i, each once.
Recall recall(const at::Tensor& queries, const at::Tensor& candidates,
              const std::vector<std::vector<std::size_t>>& positives);

}  // namespace cnclip
