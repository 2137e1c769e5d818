#include "metrics/training_run.h"

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>
#include <set>

#include "base/error.h"
#include "base/file.h"
#include "metrics/metrics_file.h"

namespace cnclip {
namespace {

namespace fs = std::filesystem;

constexpr const char* kRecipeFile = "recipe.json";
constexpr std::size_t kMaxRecipe = std::size_t{1} << 24;
constexpr int kMaxDepth = 16;

void flatten(const nlohmann::json& value, const std::string& key, int depth, const std::string& file,
             RecipeValues& values) {
  if (const auto* text = value.get_ptr<const std::string*>()) {
    values[key] = *text;
    return;
  }
  if (!value.is_structured() || value.empty()) {
    values[key] = value.dump();
    return;
  }
  if (depth > kMaxDepth) throw_bad_input("{}: {}: is nested deeper than any recipe", file, key);
  for (const auto& [name, inner] : value.items()) {
    flatten(inner, key.empty() ? name : key + "." + name, depth + 1, file, values);
  }
}

fs::path metrics_of(const fs::path& path) {
  if (!fs::exists(path)) throw_bad_input("{}: there is no such run", path.string());
  if (!fs::is_directory(path)) return path;
  if (!fs::exists(path / kMetricsFile)) {
    throw_bad_input("{}: holds no {}, is it the folder of a training run?", path.string(), kMetricsFile);
  }
  return path / kMetricsFile;
}

TrainingRun read_run(const fs::path& path) {
  const fs::path file = metrics_of(path);
  TrainingRun run;
  run.name = fs::absolute(file).lexically_normal().parent_path().filename().string();
  for_each_record(file, [&](Record record) {
    if (auto* train = std::get_if<TrainRecord>(&record)) {
      run.train.push_back(std::move(*train));
    } else {
      run.valid.push_back(std::move(std::get<ValidRecord>(record)));
    }
  });
  if (run.train.empty() && run.valid.empty()) throw_bad_input("{}: holds no record yet", file.string());
  const fs::path recipe = file.parent_path() / kRecipeFile;
  if (fs::exists(recipe)) run.recipe = recipe_values(read_file(recipe, kMaxRecipe), recipe.string());
  return run;
}

}  // namespace

std::vector<TrainingRun> read_runs(const std::vector<fs::path>& paths) {
  std::vector<TrainingRun> runs;
  std::set<std::string> names;
  for (const fs::path& path : paths) {
    runs.push_back(read_run(path));
    names.insert(runs.back().name);
  }
  if (names.size() < runs.size()) {
    for (std::size_t i = 0; i < runs.size(); ++i) runs[i].name = paths[i].string();
  }
  return runs;
}

RecipeValues recipe_values(const std::string& json, const std::string& file) {
  const auto parsed = nlohmann::json::parse(json, nullptr, false);
  if (!parsed.is_object()) throw_bad_input("{}: is not a JSON object", file);
  RecipeValues values;
  flatten(parsed, "", 0, file, values);
  return values;
}

std::vector<StageStart> stages_of(const TrainingRun& run) {
  std::vector<StageStart> stages;
  for (const TrainRecord& record : run.train) {
    if (!stages.empty() && stages.back().name == record.stage) continue;
    stages.push_back({record.stage, std::max<std::int64_t>(record.total_step - record.step, 0)});
  }
  return stages;
}

RunSummary summary_of(const TrainingRun& run) {
  RunSummary summary;
  double step_seconds = 0, data_seconds = 0, pairs = 0;
  std::int64_t before = run.train.empty() ? 0 : run.train.front().total_step - 1;
  for (const TrainRecord& record : run.train) {
    const auto steps = static_cast<double>(std::max<std::int64_t>(record.total_step - before, 1));
    before = record.total_step;
    summary.steps = std::max(summary.steps, record.total_step);
    summary.skipped += record.skipped ? 1 : 0;
    step_seconds += steps * record.step_seconds;
    data_seconds += steps * record.data_seconds;
    pairs += steps * static_cast<double>(record.batch_size);
  }
  summary.seconds = step_seconds;
  for (const ValidRecord& record : run.valid) {
    summary.steps = std::max(summary.steps, record.total_step);
    summary.seconds += record.seconds;
  }
  summary.pairs_per_second = pairs / step_seconds;
  summary.data_share = data_seconds / step_seconds;
  return summary;
}

const ValidRecord* best_validation(const TrainingRun& run) {
  const ValidRecord* best = nullptr;
  for (const ValidRecord& record : run.valid) {
    if (std::isnan(record.mean_recall())) continue;
    if (best == nullptr || record.mean_recall() > best->mean_recall()) best = &record;
  }
  return best;
}

}  // namespace cnclip
