#include "metrics/report.h"

#include <algorithm>
#include <cmath>
#include <functional>
#include <set>

#include "base/error.h"
#include "base/html.h"
#include "metrics/chart.h"
#include "metrics/duration.h"

namespace cnclip {
namespace {

constexpr std::string_view kStyle = R"css(
.charts { display: grid; grid-template-columns: repeat(auto-fill, minmax(min(100%, 480px), 1fr)); gap: 16px }
table { width: 100% } td, th { overflow-wrap: anywhere } td small { color: var(--soft); display: block }
td:not(.n), th:not(.n) { min-width: 11em } .name::before { content: ""; display: inline-block; width: 11px; height: 11px; border-radius: 3px; background: var(--run);
  margin-right: 8px }
.legend { position: sticky; top: 0; display: flex; flex-wrap: wrap; gap: 4px 20px; padding: 8px 0; background: var(--ground); z-index: 1 }
.bad { color: #c4320a } @media (prefers-color-scheme: dark) { .bad { color: #ff9a62 } }
)css";

std::string row_of(std::size_t index, const TrainingRun& run) {
  const RunSummary summary = summary_of(run);
  std::string stages;
  for (const StageStart& stage : stages_of(run)) stages += (stages.empty() ? "" : " → ") + escaped_html(stage.name);
  std::string recall = "–", loss = "–";
  if (const ValidRecord* best = best_validation(run)) {
    recall = fmt::format("{:.2f} %<small>{}, step {}</small>", best->mean_recall(), escaped_html(best->stage),
                         grouped(static_cast<std::uint64_t>(best->total_step)));
  }
  if (!run.train.empty()) loss = fmt::format("{:.4f}", run.train.back().loss);
  return fmt::format(
      "<tr><td class=\"name run{}\">{}<td>{}<td class=n>{}<td class=n>{}<td class=n>{}<td class=n>{}<td class=n>{:.1f}"
      "<td class=n>{:.1f} %<td class=\"n{}\">{}</tr>\n",
      index, escaped_html(run.name), stages, grouped(static_cast<std::uint64_t>(summary.steps)),
      duration_text(summary.seconds), loss, recall, summary.pairs_per_second, 100 * summary.data_share,
      summary.skipped > 0 ? " bad" : "", summary.skipped);
}

std::string table_of(const std::vector<TrainingRun>& runs) {
  std::string table =
      "<div class=wide><table><tr><th>Run<th>Stages<th class=n>Steps<th class=n>Time<th class=n>Last loss<th "
      "class=n>Best "
      "mean recall<th class=n>Pairs/s<th class=n>Waits for data<th class=n>Skipped steps</tr>\n";
  for (std::size_t i = 0; i < runs.size(); ++i) table += row_of(i, runs[i]);
  return table + "</table></div>\n";
}

// The starts of stages, in order; those at the same step under the same name are one.
std::vector<StageMark> marks_of(const std::vector<TrainingRun>& runs) {
  constexpr std::size_t kMost = 64;  // of which nobody could tell more apart
  std::map<std::pair<std::int64_t, std::string>, std::set<std::size_t>> found;
  for (std::size_t i = 0; i < runs.size(); ++i) {
    for (const StageStart& stage : stages_of(runs[i])) found[{stage.total_step, stage.name}].insert(i);
  }
  std::vector<StageMark> marks;
  for (const auto& [stage, of] : found) {
    const bool alone = of.size() == 1 && runs.size() > 1;
    marks.push_back(
        {static_cast<double>(stage.first), stage.second, alone ? std::optional(*of.begin()) : std::nullopt});
    if (marks.size() == kMost) break;
  }
  return marks;
}

using TrainValue = std::function<double(const TrainRecord&)>;
using ValidValue = std::function<double(const ValidRecord&)>;

template <class Records, class Value>
Curve curve_of(const Records& records, const Value& value) {
  Curve curve;
  const std::string* stage = nullptr;
  for (const auto& record : records) {
    const bool begins = stage == nullptr || *stage != record.stage;
    curve.push_back({static_cast<double>(record.total_step), value(record), begins});
    stage = &record.stage;
  }
  return curve;
}

std::string charts_of(const std::vector<TrainingRun>& runs) {
  const std::vector<StageMark> stages = marks_of(runs);
  double end = 1;
  for (const TrainingRun& run : runs) end = std::max(end, static_cast<double>(summary_of(run).steps));
  std::string html = "<div class=charts>\n";
  const auto train = [&](Chart chart, const TrainValue& value, bool smooth) {
    for (std::size_t i = 0; i < runs.size(); ++i) {
      chart.lines.push_back({i, runs[i].name, curve_of(runs[i].train, value), smooth, false});
    }
    html += chart_html(chart, stages, end);
  };
  const auto valid = [&](Chart chart, const ValidValue& value) {
    for (std::size_t i = 0; i < runs.size(); ++i) {
      Curve curve = curve_of(runs[i].valid, value);
      for (Point& point : curve) point.begins = false;  // a model goes on through the stages
      chart.lines.push_back({i, runs[i].name, std::move(curve), false, true});
    }
    html += chart_html(chart, stages, end);
  };

  train(
      {"Loss", "contrastive, smoothed", {}, false}, [](const auto& r) { return r.word_accuracy ? NAN : r.loss; }, true);
  valid({"Validation loss", "contrastive", {}, false}, [](const auto& r) { return r.word_accuracy ? NAN : r.loss; });
  train(
      {"Distillation loss", "smoothed", {}, false}, [](const auto& r) { return r.distillation_loss.value_or(NAN); },
      true);
  valid({"Mean recall", "%, of both directions", {}}, [](const auto& r) { return r.mean_recall(); });
  valid({"Text to image, R@1", "%", {}}, [](const auto& r) { return r.text_to_image.r1; });
  valid({"Image to text, R@1", "%", {}}, [](const auto& r) { return r.image_to_text.r1; });
  train(
      {"Loss of words", "masked, or of pictures; smoothed", {}, false},
      [](const auto& r) { return r.word_accuracy ? r.loss : NAN; }, true);
  valid({"Words told", "%, of the validation split", {}},
        [](const auto& r) { return 100 * r.word_accuracy.value_or(NAN); });
  train(
      {"In-batch accuracy", "%, of both directions, smoothed", {}},
      [](const auto& r) { return 50 * (r.image_to_text_accuracy + r.text_to_image_accuracy); }, true);
  train(
      {"Learning rate", "", {}}, [](const auto& r) { return r.learning_rate; }, false);
  train(
      {"Temperature", "1 / logit scale", {}}, [](const auto& r) { return 1 / r.logit_scale; }, false);
  train(
      {"Gradient norm", "logarithmic, smoothed", {}, false, true}, [](const auto& r) { return r.gradient_norm; }, true);
  train(
      {"Throughput", "pairs/s, smoothed", {}},
      [](const auto& r) { return static_cast<double>(r.batch_size) / r.step_seconds; }, true);
  train(
      {"Waiting for data", "% of the time, smoothed", {}},
      [](const auto& r) { return 100 * r.data_seconds / r.step_seconds; }, true);
  return html + "</div>\n";
}

std::string recipes_of(const std::vector<TrainingRun>& runs) {
  std::set<std::string> keys;
  for (const TrainingRun& run : runs) {
    for (const auto& [key, value] : run.recipe) keys.insert(key);
  }
  if (runs.size() < 2 || keys.empty()) return {};
  std::string head = "<tr><th>Key", rows;
  for (std::size_t i = 0; i < runs.size(); ++i) {
    head += fmt::format("<th class=\"name run{}\">{}", i, escaped_html(runs[i].name));
  }
  for (const std::string& key : keys) {
    std::set<std::string> values;
    std::string row = "<tr><td>" + escaped_html(key);
    for (const TrainingRun& run : runs) {
      const auto found = run.recipe.find(key);
      const std::string value = found != run.recipe.end() ? found->second : "–";
      values.insert(value);
      row += "<td>" + escaped_html(value);
    }
    if (values.size() > 1) rows += row + "</tr>\n";
  }
  if (rows.empty()) return "<h2>Recipes</h2>\n<p>They are the same.</p>\n";
  return "<h2>Where the recipes differ</h2>\n<div class=wide><table>" + head + "</tr>\n" + rows + "</table></div>\n";
}

}  // namespace

std::string report_html(const std::vector<TrainingRun>& runs) {
  if (runs.size() > kChartRuns) {
    throw_usage("{} runs, at most {} can be told apart in one report", runs.size(), kChartRuns);
  }
  std::string page = runs.size() == 1 ? fmt::format("<h1>Training run {}</h1>\n", escaped_html(runs[0].name))
                                      : fmt::format("<h1>{} training runs</h1>\n", runs.size());
  page += table_of(runs);
  page += "<h2>Curves</h2>\n<p>Over optimizer steps of all stages. Dashed: a stage begins.</p>\n<div class=legend>\n";
  for (std::size_t i = 0; i < runs.size(); ++i) {
    page += fmt::format("<span class=\"name run{}\">{}</span>\n", i, escaped_html(runs[i].name));
  }
  page += "</div>\n" + charts_of(runs) + recipes_of(runs);
  return html_page("en", "cnclip train report", std::string(kReportStyle).append(kStyle) + kChartStyle, page);
}

}  // namespace cnclip
