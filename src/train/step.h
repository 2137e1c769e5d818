// One step's forward and backward passes, whatever a stage learns: from a batch to the gradients of its loss.
#pragma once

#include <limits>
#include <optional>

#include "loader/loader.h"
#include "ranks/world.h"
#include "recipe/recipe.h"
#include "train/gradient_buckets.h"
#include "train/trainee.h"

namespace cnclip {

struct StepLosses {
  double loss = 0;  // that of the objective, of the global batch
  std::optional<double> distillation;
  // In-batch accuracies of the contrastive loss, 0..1; NaN in a stage of another objective.
  double image_to_text = std::numeric_limits<double>::quiet_NaN(), text_to_image = image_to_text;
  std::optional<double> word_accuracy;  // see metrics/record.h
};

class Step {
 public:
  virtual ~Step() = default;

  // Gradients of the global batch, times `loss_scale`, are left in the parameters. With stage.micro_batch the share of
  // a rank goes through in parts; the gradients are those of the whole share at once. `number` counts the steps of the
  // stage from 0: random numbers follow from it.
  virtual StepLosses run(const TrainBatch& batch, std::int64_t number, double loss_scale) = 0;

 protected:
  // All is kept by reference; what the stage trains besides the model is among the trainee's tensors, and which of them
  // are trained must not change any more. `skip`: those whose gradients are not summed over the ranks.
  Step(Trainee& trainee, const Stage& stage, World& world, std::uint64_t seed,
       const std::vector<std::string>& skip = {});

  std::int64_t part_of(const TrainBatch& batch) const;  // pairs that go through at once
  TorchWeights converted_weights() const;               // once a step, for all its parts
  // Before the pass of the part that begins with this pair: random numbers follow from (seed, step, rank, part, tower),
  // so that a second pass draws the same.
  void seed_pass(std::int64_t number, std::int64_t begin, const char* tower) const;

  Trainee& trainee_;
  const Stage& stage_;
  World& world_;
  std::uint64_t seed_;
  GradientBuckets buckets_;
};

}  // namespace cnclip
