#include <algorithm>

#include "base/error.h"
#include "base/file.h"
#include "cli/encoder_options.h"
#include "cli/output.h"
#include "eval/report/report.h"
#include "eval/report/tables.h"

namespace cnclip {
namespace {

namespace fs = std::filesystem;

struct Options {
  ReportSettings settings;
  std::vector<std::string> results;
  fs::path output;
  bool json = false;
};

void report(Options& options) {
  if (options.settings.models.empty() && options.results.empty()) throw_usage("--model with --data, or --results");
  const fs::path kept = options.output / "results.json";
  std::vector<BenchmarkResult> known;
  if (fs::exists(kept)) known = read_results(kept);
  std::vector<BenchmarkResult> all;
  for (const std::string& file : options.results) {
    for (BenchmarkResult& result : read_results(file)) all.push_back(std::move(result));
  }
  // The folder appears once there is something to put into it.
  const auto keep = [&](const std::vector<BenchmarkResult>& results) {
    std::error_code failed;
    fs::create_directories(options.output, failed);
    if (failed) throw_bad_input("{}: {}", options.output.string(), failed.message());
    write_file(kept, json_of(results).dump(1, ' ', false, Json::error_handler_t::replace) + "\n");
  };
  // Until the run is through, what earlier ones have measured stays too: it may be known already further on.
  const auto keep_with_known = [&](std::vector<BenchmarkResult> results) {
    for (const BenchmarkResult& earlier : known) {
      const auto same = [&](const BenchmarkResult& result) { return result.same_measurement(earlier); };
      if (std::ranges::none_of(results, same)) results.push_back(earlier);
    }
    keep(results);
  };
  options.settings.note = note;
  if (!options.settings.models.empty()) {
    for (BenchmarkResult& result : run_report(options.settings, known, keep_with_known))
      all.push_back(std::move(result));
  }
  check_comparable(all);
  keep(all);
  write_file(options.output / "report.md", report_markdown(all));
  write_file(options.output / "report.html", report_html(all));
  if (options.json) {
    print_json(json_of(all));
  } else {
    fmt::print("{}", report_markdown(all));
  }
}

}  // namespace

void add_eval_report(CLI::App& group) {
  auto* command = group.add_subcommand("report", "The published tables, measured on the data sets that are there");
  auto options = std::make_shared<Options>();
  ReportSettings& settings = options->settings;
  settings.encoder.precision = "f32";  // as the official scripts
  auto* models = command->add_option("--model", settings.models, "Checkpoints, or names; one or more");
  auto* data = command->add_option("--data", settings.data, "Folder of data sets under their official names");
  models->needs(data);
  data->needs(models);
  command->add_option("--results", options->results, "results.json of other reports, to stand beside these");
  command->add_option("-o,--output", options->output, "Folder for results.json, report.md and report.html")->required();
  command->add_option("--prompts", settings.prompts,
                      "official, cnclip (this project's), or a file of templates with {}");
  command->add_flag("--fine-tuned", settings.fine_tuned, "Beside the published figures of models tuned on the data");
  add_encoder_options(*command, settings.encoder);
  command->add_flag("--skip-broken", settings.skip_broken,
                    "Leave broken pictures out, and say how many, instead of failing");
  command->add_flag("--json", options->json, "Print the results as JSON");
  command->callback([options] { report(*options); });
}

}  // namespace cnclip
