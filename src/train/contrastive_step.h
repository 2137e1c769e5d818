// A step of the contrastive loss, with or without distillation.
#pragma once

#include <functional>

#include "train/step.h"

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

class ContrastiveStep final : public Step {
 public:
  // `sources` too is kept by reference.
  ContrastiveStep(Trainee& trainee, const Stage& stage, const FeatureSources& sources, World& world,
                  std::uint64_t seed);

  // With stage.micro_batch all parts go through without gradients first, for the features; then, the loss being known,
  // each again with the same random numbers.
  StepLosses run(const TrainBatch& batch, std::int64_t number, double loss_scale) override;

 private:
  class Passes;

  const FeatureSources& sources_;
};

}  // namespace cnclip
