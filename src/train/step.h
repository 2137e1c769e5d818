// One step's forward and backward passes, whatever a stage learns: from a batch to the gradients of its loss.
#pragma once

#include <limits>
#include <optional>

#include "loader/loader.h"

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
};

}  // namespace cnclip
