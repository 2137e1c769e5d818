#pragma once
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>

#include "metrics/record.h"
namespace cnclip {
class RunLog {
 public:
  RunLog(const std::filesystem::path& folder, std::int64_t resumed_at)
      : out_(folder / "metrics.jsonl", resumed_at ? std::ios::app : std::ios::out) {}
  void add(const TrainRecord& r) {
    out_ << nlohmann::ordered_json{{"kind", "train"},
                                   {"stage", r.stage},
                                   {"step", r.step},
                                   {"total_step", r.total_step},
                                   {"loss", r.loss},
                                   {"image_to_text_accuracy", r.image_to_text_accuracy},
                                   {"learning_rate", r.learning_rate},
                                   {"logit_scale", r.logit_scale},
                                   {"gradient_norm", r.gradient_norm},
                                   {"step_seconds", r.step_seconds},
                                   {"data_seconds", r.data_seconds},
                                   {"distillation_loss", r.distillation_loss.value_or(0)},
                                   {"skipped", r.skipped}}
                .dump()
         << std::endl;
  }
  void add(const ValidRecord& r) {
    out_ << nlohmann::ordered_json{{"kind", "valid"},
                                   {"stage", r.stage},
                                   {"step", r.step},
                                   {"loss", r.loss},
                                   {"image_to_text_accuracy", r.image_to_text_accuracy},
                                   {"text_to_image",
                                    {{"r1", r.text_to_image.r1},
                                     {"r5", r.text_to_image.r5},
                                     {"r10", r.text_to_image.r10}}},
                                   {"image_to_text",
                                    {{"r1", r.image_to_text.r1},
                                     {"r5", r.image_to_text.r5},
                                     {"r10", r.image_to_text.r10}}},
                                   {"seconds", r.seconds}}
                .dump()
         << std::endl;
  }

 private:
  std::ofstream out_;
};
}  // namespace cnclip
