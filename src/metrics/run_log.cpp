#include "metrics/run_log.h"

#include "base/file.h"
#include "metrics/metrics_file.h"

namespace cnclip {
namespace {

namespace fs = std::filesystem;

// The file with the records that stay.
fs::path begun(const fs::path& folder, std::int64_t resumed_at) {
  fs::create_directories(folder);
  const fs::path path = folder / kMetricsFile;
  AtomicFile kept(path);
  if (resumed_at > 0 && fs::exists(path)) {
    for_each_record(path, [&](const Record& record) {
      const auto total_step = std::visit([](const auto& fields) { return fields.total_step; }, record);
      if (total_step <= resumed_at) kept.write(metrics_line(record) + "\n");
    });
  }
  kept.commit();
  return path;
}

Scalars scalars_of(const TrainRecord& record) {
  Scalars scalars = {{"train/loss", record.loss},
                     {"train/learning_rate", record.learning_rate},
                     {"train/gradient_norm", record.gradient_norm},
                     {"train/epoch", record.epoch},
                     {"train/pairs_per_second", static_cast<double>(record.batch_size) / record.step_seconds},
                     {"train/data_share", record.data_seconds / record.step_seconds}};
  if (record.word_accuracy) {
    scalars.emplace_back("train/word_accuracy", *record.word_accuracy);
  } else {
    scalars.emplace_back("train/image_to_text_accuracy", record.image_to_text_accuracy);
    scalars.emplace_back("train/text_to_image_accuracy", record.text_to_image_accuracy);
    scalars.emplace_back("train/logit_scale", record.logit_scale);
  }
  if (record.distillation_loss) scalars.emplace_back("train/distillation_loss", *record.distillation_loss);
  if (record.loss_scale) scalars.emplace_back("train/loss_scale", *record.loss_scale);
  return scalars;
}

Scalars scalars_of(const ValidRecord& record) {
  Scalars scalars = {{"valid/loss", record.loss}};
  if (record.word_accuracy) {
    scalars.emplace_back("valid/word_accuracy", *record.word_accuracy);
    return scalars;
  }
  scalars.emplace_back("valid/image_to_text_accuracy", record.image_to_text_accuracy);
  scalars.emplace_back("valid/text_to_image_accuracy", record.text_to_image_accuracy);
  scalars.emplace_back("valid/mean_recall", record.mean_recall());
  const auto add = [&](const std::string& direction, const Recall& recall) {
    scalars.emplace_back(direction + "/r1", recall.r1);
    scalars.emplace_back(direction + "/r5", recall.r5);
    scalars.emplace_back(direction + "/r10", recall.r10);
    scalars.emplace_back(direction + "/mean_recall", recall.mean());
  };
  add("valid/text_to_image", record.text_to_image);
  add("valid/image_to_text", record.image_to_text);
  return scalars;
}

}  // namespace

RunLog::RunLog(const fs::path& folder, std::int64_t resumed_at)
    : metrics_(begun(folder, resumed_at)), events_(folder / "tensorboard", resumed_at + 1) {}

void RunLog::add(const TrainRecord& record) {
  metrics_.write(metrics_line(record) + "\n");
  events_.add(record.total_step, scalars_of(record));
}

void RunLog::add(const ValidRecord& record) {
  metrics_.write(metrics_line(record) + "\n");
  events_.add(record.total_step, scalars_of(record));
}

}  // namespace cnclip
