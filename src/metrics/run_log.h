// Where a training run writes what it tells about itself.
#pragma once

#include <filesystem>

#include "base/append_file.h"
#include "metrics/record.h"
#include "metrics/tensorboard.h"

namespace cnclip {

// <folder>/metrics.jsonl (metrics_file.h), and the same as scalars for TensorBoard in <folder>/tensorboard. A record is
// in the files when add() returns. One thread at a time. A full disk throws bad_input naming the file.
class RunLog {
 public:
  // A run that goes on after `resumed_at` total steps keeps the records up to there; a new one, 0, begins anew.
  RunLog(const std::filesystem::path& folder, std::int64_t resumed_at);
  void add(const TrainRecord& record);
  void add(const ValidRecord& record);

 private:
  AppendFile metrics_;
  EventFile events_;
};

}  // namespace cnclip
