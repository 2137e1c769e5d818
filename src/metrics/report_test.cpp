#include "metrics/report.h"

#include <gtest/gtest.h>

#include <limits>

#include "base/error.h"
#include "base/file.h"
#include "base/test_folder.h"
#include "metrics/chart.h"
#include "metrics/metrics_file.h"

namespace cnclip {
namespace {

constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();

TrainRecord step_of(const std::string& stage, std::int64_t step, std::int64_t total_step) {
  return {.stage = stage,
          .step = step,
          .total_step = total_step,
          .batch_size = 64,
          .loss = 4,
          .logit_scale = 20,
          .step_seconds = 2,
          .data_seconds = 0.5};
}

TrainingRun run_of_two_stages(const std::string& name) {
  TrainingRun run;
  run.name = name;
  run.train = {step_of("one", 1, 1), step_of("one", 2, 2), step_of("two", 1, 3), step_of("two", 8, 10)};
  run.train[1].skipped = true;
  run.train[1].loss = kNaN;
  run.valid = {{"one", 2, 2, 3, 0, 0, {30, 60, 90}, {0, 0, 0}, 5},
               {"two", 8, 10, 3, 0, 0, {40, 60, 80}, {1, 2, 3}, 5},
               {"two", 8, 10, 3, 0, 0, {kNaN, 60, 80}, {1, 2, 3}, 5}};
  return run;
}

bool holds(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

TEST(Runs, SummariesCountStepsThatWereNotRecorded) {
  const TrainingRun run = run_of_two_stages("run");
  const RunSummary summary = summary_of(run);
  EXPECT_EQ(summary.steps, 10);
  EXPECT_EQ(summary.skipped, 1);
  EXPECT_DOUBLE_EQ(summary.seconds, 10 * 2 + 3 * 5);
  EXPECT_DOUBLE_EQ(summary.pairs_per_second, 32);
  EXPECT_DOUBLE_EQ(summary.data_share, 0.25);
  EXPECT_EQ(best_validation(run), &run.valid[1]);
  EXPECT_EQ(best_validation(TrainingRun{}), nullptr);
  const auto stages = stages_of(run);
  ASSERT_EQ(stages.size(), 2u);
  EXPECT_EQ(stages[1].name, "two");
  EXPECT_EQ(stages[1].total_step, 2);
}

TEST(Runs, RecipesAreFlat) {
  const RecipeValues values = recipe_values(
      R"({"run":{"name":"a"},"stage":[{"lr":1e-4,"freeze":["v","t"],"distill":null},{}]})", "recipe.json");
  EXPECT_EQ(values, (RecipeValues{{"run.name", "a"},
                                  {"stage.0.lr", "0.0001"},
                                  {"stage.0.freeze.0", "v"},
                                  {"stage.0.freeze.1", "t"},
                                  {"stage.0.distill", "null"},
                                  {"stage.1", "{}"}}));
  EXPECT_THROW(recipe_values("[]", "recipe.json"), Error);
  EXPECT_THROW(recipe_values("{", "recipe.json"), Error);
  const std::string deep = "{\"a\":" + std::string(1'000'000, '[') + std::string(1'000'000, ']') + "}";
  EXPECT_THROW(recipe_values(deep, "recipe.json"), Error);
}

TEST(Runs, AreNamedAfterTheirFolders) {
  const TestFolder folder;
  for (const char* name : {"x/a", "x/b", "y/a"}) {
    std::filesystem::create_directories(folder / name);
    write_file(folder / name / kMetricsFile, metrics_line(step_of("s", 1, 1)) + "\n");
  }
  const auto apart = read_runs({folder / "x/a/", folder / "x/b" / kMetricsFile});
  EXPECT_EQ(apart[0].name, "a");
  EXPECT_EQ(apart[1].name, "b");
  EXPECT_EQ(read_runs({folder / "x/a", folder / "y/a"})[1].name, (folder / "y/a").string());
}

TEST(Report, ComparesRuns) {
  TrainingRun first = run_of_two_stages("<first>"), second = run_of_two_stages("second");
  second.train[2].stage = second.train[3].stage = "other";
  first.recipe = {{"stage.0.lr", "0.1"}, {"run.seed", "5"}};
  second.recipe = {{"stage.0.lr", "0.2"}, {"run.seed", "5"}};
  const std::string page = report_html({first, second});
  EXPECT_TRUE(holds(page, "&lt;first&gt;") && !holds(page, "<first>"));
  EXPECT_TRUE(holds(page, "31.00 %<small>two, step 10</small>"));
  EXPECT_TRUE(holds(page, "<td>0.1<td>0.2") && !holds(page, "run.seed"));
  EXPECT_TRUE(holds(page, "<g class=\"of-all\"><title>one</title>"));
  EXPECT_TRUE(holds(page, "<g class=\"run1\"><title>other</title>"));
  EXPECT_TRUE(holds(page, "Mean recall") && !holds(page, "Distillation"));
  second.recipe = first.recipe;
  EXPECT_TRUE(holds(report_html({first, second}), "They are the same."));
  EXPECT_THROW(report_html(std::vector<TrainingRun>(kChartRuns + 1, first)), Error);
}

TEST(Report, DrawsWhateverTheValuesAre) {
  TrainingRun run;
  run.name = "extreme";
  for (const double value : {0.0, -1.0, 1e300, -1e300, 1e-300, kNaN, std::numeric_limits<double>::infinity()}) {
    TrainRecord record = step_of("s", 1, std::numeric_limits<std::int64_t>::max());
    record.loss = record.gradient_norm = record.learning_rate = record.logit_scale = record.step_seconds = value;
    run.train.push_back(record);
    const std::string page = report_html({run});
    for (const char* bad : {"\"nan", "\"inf", "\"-inf", " nan", "Mnan", "Lnan", " inf", " -inf"}) {
      EXPECT_FALSE(holds(page.substr(page.find("class=charts")), bad)) << value << ": " << bad;
    }
  }
}

}  // namespace
}  // namespace cnclip
