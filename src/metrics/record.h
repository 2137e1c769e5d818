// What a training run tells about itself: a record of each step, and of each validation.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <variant>

namespace cnclip {

struct TrainRecord {
  std::string stage;                 // its name
  std::int64_t step = 0, steps = 0;  // optimizer steps done in this stage, from 1; and of the stage
  std::int64_t total_step = 0;       // over all stages, from 1
  double epoch = 0;                  // passed of this stage, with fraction
  std::int64_t batch_size = 0;       // global
  double loss = 0;                   // contrastive, of the global batch
  std::optional<double> distillation_loss;
  double image_to_text_accuracy = 0, text_to_image_accuracy = 0;  // in-batch, 0..1
  double logit_scale = 0;                                         // exp of the parameter; the temperature is 1 / it
  double learning_rate = 0, gradient_norm = 0;
  std::optional<double> loss_scale;           // of f16
  bool skipped = false;                       // the step was not taken: something was not finite
  double step_seconds = 0, data_seconds = 0;  // the whole step; of it, waiting for data
};

struct Recall {
  double r1 = 0, r5 = 0, r10 = 0;  // percent
  double mean() const { return (r1 + r5 + r10) / 3; }
};

struct ValidRecord {
  std::string stage;
  std::int64_t step = 0, total_step = 0;
  double loss = 0, image_to_text_accuracy = 0, text_to_image_accuracy = 0;  // in-batch, as the official trainer's
  Recall text_to_image, image_to_text;                                      // over the whole validation set
  double seconds = 0;
  double mean_recall() const { return (text_to_image.mean() + image_to_text.mean()) / 2; }
};

using Record = std::variant<TrainRecord, ValidRecord>;

}  // namespace cnclip
