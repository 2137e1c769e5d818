// What a training run tells about its steps.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

namespace cnclip {

struct TrainRecord {
  std::string stage;
  std::int64_t step = 0, steps = 0;
  std::int64_t total_step = 0;
  double epoch = 0;
  std::int64_t batch_size = 0;
  double loss = 0;
  std::optional<double> distillation_loss;
  double image_to_text_accuracy = 0, text_to_image_accuracy = 0;
  double logit_scale = 0;
  double learning_rate = 0, gradient_norm = 0;
  std::optional<double> loss_scale;
  bool skipped = false;
  double step_seconds = 0, data_seconds = 0;
};

struct Recall {
  double r1 = 0, r5 = 0, r10 = 0;
  double mean() const { return (r1 + r5 + r10) / 3; }
};

struct ValidRecord {
  std::string stage;
  std::int64_t step = 0, total_step = 0;
  double loss = 0, image_to_text_accuracy = 0, text_to_image_accuracy = 0;
  Recall text_to_image, image_to_text;
  double seconds = 0;
};

}  // namespace cnclip
