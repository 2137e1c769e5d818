#include "metrics/progress.h"

#include <fmt/format.h>

#include <algorithm>

#include "metrics/duration.h"

namespace cnclip {
namespace {

constexpr double kLatest = 50;  // steps

}  // namespace

void ProgressMeter::add(const TrainRecord& record) {
  if (record.stage != stage_) *this = {};
  stage_ = record.stage;
  steps_left_ = std::max<std::int64_t>(record.steps - record.step, 0);
  const double weight = 1 / std::min(static_cast<double>(++records_), kLatest);
  const auto move = [&](double& average, double value) { average += weight * (value - average); };
  move(step_seconds_, record.step_seconds);
  move(data_seconds_, record.data_seconds);
  move(pairs_, static_cast<double>(record.batch_size));
}

std::string progress_line(const TrainRecord& record, const std::optional<ValidRecord>& last,
                          const ProgressMeter& meter) {
  std::string line = fmt::format("{} {}/{}  loss {:.3f}", record.stage, record.step, record.steps, record.loss);
  if (record.distillation_loss) line += fmt::format("  distillation {:.3f}", *record.distillation_loss);
  if (record.word_accuracy) {
    line += fmt::format("  word acc {:.1f} %", 100 * *record.word_accuracy);
    if (last && last->word_accuracy) line += fmt::format(", valid {:.1f} %", 100 * *last->word_accuracy);
  } else {
    line +=
        fmt::format("  acc {:.1f}/{:.1f} %", 100 * record.image_to_text_accuracy, 100 * record.text_to_image_accuracy);
    if (last && !last->word_accuracy) line += fmt::format("  R@1 {:.1f} %", last->text_to_image.r1);
    line += fmt::format("  T {:.3f}", 1 / record.logit_scale);
  }
  line +=
      fmt::format("  {:.{}f} pairs/s  data {:.0f} %  left {}", meter.pairs_per_second(),
                  meter.pairs_per_second() < 10 ? 1 : 0, 100 * meter.data_share(), duration_text(meter.seconds_left()));
  if (record.skipped) line += "  SKIPPED: not finite";
  return line;
}

std::string progress_line(const ValidRecord& record) {
  if (record.word_accuracy) {
    return fmt::format("{} {}  valid  loss {:.3f}  word acc {:.1f} %  in {}", record.stage, record.step, record.loss,
                       100 * *record.word_accuracy, duration_text(record.seconds));
  }
  const auto recall = [](const Recall& r) { return fmt::format("{:.1f}/{:.1f}/{:.1f} %", r.r1, r.r5, r.r10); };
  return fmt::format(
      "{} {}  valid  loss {:.3f}  acc {:.1f}/{:.1f} %  R@1/5/10 text to image {}, image to text {}  mean recall {:.1f} "
      "%"
      "  in {}",
      record.stage, record.step, record.loss, 100 * record.image_to_text_accuracy, 100 * record.text_to_image_accuracy,
      recall(record.text_to_image), recall(record.image_to_text), record.mean_recall(), duration_text(record.seconds));
}

}  // namespace cnclip
