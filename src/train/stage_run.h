// One stage of a run: batch after batch, with all that surrounds the steps.
#pragma once

#include "base/stop_signal.h"
#include "loader/pairs.h"
#include "metrics/progress.h"
#include "metrics/run_log.h"
#include "recipe/freeze.h"
#include "train/caption_words.h"
#include "train/checkpoints.h"
#include "train/console.h"
#include "train/contrastive_step.h"
#include "train/validation_set.h"

namespace cnclip {

// What the stages of a run share.
struct RunParts {
  const Recipe& recipe;
  Trainee& trainee;
  World& world;
  std::shared_ptr<const PairStore> pairs;
  std::filesystem::path features;        // where those of locked towers are kept
  const ValidationSet* valid = nullptr;  // none without validation data
  RunLog* log = nullptr;                 // on rank 0
  const StopSignal& stop;
  Console& console;
};

// Throws bad_input for what cannot be seen before the data and the number of ranks are known.
void check_stage(const Stage& stage, const Recipe& recipe, const PairStore& data, const World& world);

class StageRun {
 public:
  // Goes on at `progress`, whose checkpoint, if its step is not 0, `checkpoints` has. The stage has been checked.
  StageRun(const RunParts& parts, std::size_t stage, const Checkpoints& checkpoints, Progress progress);

  // To the end of the stage, or until the process is asked to stop; either way the last step is on the disk then.
  // Throws bad_input when too many steps in a row are not finite.
  void run();
  const Progress& progress() const { return progress_; }
  std::int64_t steps() const { return steps_; }

 private:
  void take_step(const TrainBatch& batch, double data_seconds);
  TrainRecord record_of(const StepLosses& losses) const;
  void tell(const TrainRecord& record);
  // What the objective needs before the first step: the trainee's extra parameters, the step and the validation. Gives
  // the pairs to train on.
  std::shared_ptr<const PairStore> begin(LoaderOptions& loading);
  std::shared_ptr<const PairStore> begin_contrastive(LoaderOptions& loading);
  void begin_masked(LoaderOptions& loading);
  // What the trainee trains besides the model: this and, where the stage has them, adapters.
  void set_extra(std::vector<Parameter> extra);
  void begin_words(const LoaderOptions& loading);
  void validate();
  void save(bool best);
  void guard(bool finite);
  bool due(std::int64_t every) const;  // this step; 0: at the end of an epoch
  double rate_of(const std::string& parameter, double rate) const;

  RunParts parts_;
  const Stage& stage_;
  Freeze freeze_;
  const Checkpoints& checkpoints_;
  Progress progress_;
  std::int64_t steps_ = 0, steps_per_epoch_ = 0;
  std::int64_t skipped_in_a_row_ = 0;
  std::size_t told_damaged_ = 0;
  FeatureSources sources_;                   // of the contrastive objective
  std::optional<CaptionWords> words_;        // of the objective of words
  std::function<ValidRecord()> validation_;  // none without validation data
  std::unique_ptr<Loader> loader_;
  std::unique_ptr<AdamW> optimizer_;
  std::unique_ptr<Step> step_;
  ProgressMeter meter_;
  std::optional<ValidRecord> last_valid_;
};

}  // namespace cnclip
