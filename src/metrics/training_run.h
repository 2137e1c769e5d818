// Training runs, as they lie on the disk.
#pragma once

#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "metrics/record.h"

namespace cnclip {

using RecipeValues = std::map<std::string, std::string>;  // "stage.0.lr" -> "0.0001"

struct TrainingRun {
  std::string name;
  std::vector<TrainRecord> train;
  std::vector<ValidRecord> valid;
  RecipeValues recipe;  // of recipe.json beside the metrics; empty: there is none
};

// Folders of runs, or files metrics.jsonl. A run is named after its folder; where two would have the same name, all are
// named as they are given. Throws bad_input for what holds no record, and what the readers of the files refuse.
std::vector<TrainingRun> read_runs(const std::vector<std::filesystem::path>& paths);

// Every value of a JSON object under its dotted key. Throws bad_input, naming `file`, for what is none.
RecipeValues recipe_values(const std::string& json, const std::string& file);

struct StageStart {
  std::string name;
  std::int64_t total_step = 0;  // done before it
};
std::vector<StageStart> stages_of(const TrainingRun& run);

// What a run came to. Steps that were not recorded count as the next one that was.
struct RunSummary {
  std::int64_t steps = 0, skipped = 0;
  double seconds = 0, pairs_per_second = 0, data_share = 0;  // validation is in the seconds, not in the others
};
RunSummary summary_of(const TrainingRun& run);

// The one of highest mean recall; null without any.
const ValidRecord* best_validation(const TrainingRun& run);

}  // namespace cnclip
