// One step's forward and backward passes: from a batch to the gradients of its loss.
#pragma once

#include <functional>
#include <optional>

#include "loader/loader.h"
#include "ranks/world.h"
#include "recipe/recipe.h"
#include "train/gradient_buckets.h"
#include "train/trainee.h"

namespace cnclip {

// Features (count, width) f32 of a tower that is not trained here, for the pairs of a batch.
using FixedFeatures = std::function<at::Tensor(const TrainBatch& batch)>;

// Where a step's features come from. A tower without fixed features is trained; theirs have unit length.
struct FeatureSources {
  FixedFeatures images, texts;
  FixedFeatures teacher;  // of pictures, of any length; with stage.distill
};

// The learned map from the student's width to the teacher's, (teacher, student), among the trainee's tensors.
inline constexpr const char* kDistillProjection = "distill.projection";

struct StepLosses {
  double contrastive = 0;
  std::optional<double> distillation;
  double image_to_text = 0, text_to_image = 0;  // in-batch accuracies
};

class Step {
 public:
  // All is kept by reference; which parameters are trained must not change any more. Random numbers are drawn anew from
  // (seed, step, rank, part of the batch).
  Step(Trainee& trainee, const Stage& stage, const FeatureSources& sources, World& world, std::uint64_t seed);

  // Gradients of the global batch, times `loss_scale`, are left in the parameters. With stage.micro_batch the share of
  // a rank goes through in parts: first all without gradients, for the features; then, the loss being known, each again
  // with the same random numbers. The gradients are those of the whole share at once.
  StepLosses run(const TrainBatch& batch, std::int64_t step, double loss_scale);

 private:
  class Passes;

  Trainee& trainee_;
  const Stage& stage_;
  const FeatureSources& sources_;
  World& world_;
  std::uint64_t seed_;
  GradientBuckets buckets_;
};

}  // namespace cnclip
