// A run, told to the person who waits for it.
#pragma once

#include "metrics/record.h"

namespace cnclip {

// Averages of the latest steps of a stage.
class ProgressMeter {
 public:
  void add(const TrainRecord& record);  // each step, whether it is printed or not
  double pairs_per_second() const { return pairs_ / step_seconds_; }
  double data_share() const { return data_seconds_ / step_seconds_; }  // of the time, waiting for data: 0..1
  double seconds_left() const { return step_seconds_ * static_cast<double>(steps_left_); }  // of this stage

 private:
  std::string stage_;
  std::int64_t records_ = 0, steps_left_ = 0;
  double step_seconds_ = 0, data_seconds_ = 0, pairs_ = 0;  // averages of a step
};

// One line without its end. Accuracies are image to text / text to image; R@1 is text to image of `last`, the latest
// validation.
std::string progress_line(const TrainRecord& record, const std::optional<ValidRecord>& last,
                          const ProgressMeter& meter);
std::string progress_line(const ValidRecord& record);

}  // namespace cnclip
