// What a training run tells about itself: a record of each step, and of each validation.
#pragma once

#include <cstdint>
#include <limits>
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
  double loss = 0;                   // of the objective, of the global batch
  std::optional<double> distillation_loss = {};
  // Objective "mlm": the share of masked tokens that was told, 0..1; "words": of the captions' words, those among as
  // many most likely ones. What belongs to pairs of image and text is NaN then.
  std::optional<double> word_accuracy = {};
  double image_to_text_accuracy = 0, text_to_image_accuracy = 0;  // in-batch, 0..1
  double logit_scale = 0;                                         // exp of the parameter; the temperature is 1 / it
  double learning_rate = 0, gradient_norm = 0;
  std::optional<double> loss_scale = {};      // of f16
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
  std::optional<double> word_accuracy = {};  // as in TrainRecord
  // What the best checkpoint is chosen by, percent.
  double score() const { return word_accuracy ? 100 * *word_accuracy : mean_recall(); }
  double mean_recall() const { return (text_to_image.mean() + image_to_text.mean()) / 2; }
};

// Of a stage whose objective is words, not pairs: what belongs to pairs is NaN.
inline ValidRecord word_record(double loss, double accuracy) {
  constexpr double kNone = std::numeric_limits<double>::quiet_NaN();
  return {"", 0, 0, loss, kNone, kNone, {kNone, kNone, kNone}, {kNone, kNone, kNone}, 0, accuracy};
}

using Record = std::variant<TrainRecord, ValidRecord>;

}  // namespace cnclip
