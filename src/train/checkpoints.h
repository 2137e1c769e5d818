// The files of one stage of a run, <output>/<name>/<stage>/:
//
//   step-N.pt     the weights after N steps, in the official format: everything that reads a checkpoint reads it
//   step-N.state  what else it takes to go on (safetensors: the optimizer's moments; in its metadata, the progress)
//   last.pt       the newest, and best.pt the one of the best validation: further names of step-N.pt
//
// A checkpoint is whole when its .pt is there, which is written last; both get their names when they are on the disk.
#pragma once

#include <filesystem>
#include <optional>

#include "train/adamw.h"
#include "train/loss_scale.h"
#include "train/trainee.h"

namespace cnclip {

// Where a run stands. All else follows from it: the learning rate, the place in the data, the random numbers.
struct Progress {
  std::int64_t step = 0;                // optimizer's, of the stage
  std::int64_t total_step = 0;          // of the run
  std::int64_t epoch = 0;               // begun, for the official file
  double loss_scale = kFirstLossScale;  // f16
  std::int64_t good_steps = 0;          // since the loss scale changed
  double best_score = -1;               // ValidRecord::score() of best.pt; none yet: negative
};

class Checkpoints {
 public:
  // `keep_last` newest stay, and the best; 0: all.
  Checkpoints(std::filesystem::path folder, std::string run_name, int keep_last);

  // Throws bad_input, naming the file, where it cannot be written; what was there before stays.
  void save(const Trainee& trainee, AdamW& optimizer, const Progress& progress, bool best) const;

  // The step of the newest whole checkpoint.
  std::optional<std::int64_t> newest() const;
  std::filesystem::path weights_file(std::int64_t step) const;
  // The optimizer's state as it was saved. Throws bad_input, naming the file, when it is of other parameters.
  void load_state(std::int64_t step, Trainee& trainee, AdamW& optimizer) const;
  Progress load_progress(std::int64_t step) const;

 private:
  std::filesystem::path state_file(std::int64_t step) const;
  std::vector<std::int64_t> steps() const;  // of whole checkpoints, rising
  void name_also(std::int64_t step, const char* name) const;

  std::filesystem::path folder_;
  std::string run_name_;
  int keep_last_;
};

}  // namespace cnclip
