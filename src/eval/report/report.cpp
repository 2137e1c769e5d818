#include "eval/report/report.h"

#include <algorithm>

#include "base/error.h"
#include "checkpoint/load.h"
#include "encode/model_store.h"
#include "eval/report/measure.h"

namespace cnclip {
namespace {

namespace fs = std::filesystem;

std::vector<std::unique_ptr<BenchmarkData>> open_all(const ReportSettings& settings) {
  std::error_code failed;
  std::vector<fs::path> folders;
  for (const auto& entry : fs::directory_iterator(settings.data, failed)) {
    if (entry.is_directory()) folders.push_back(entry.path());
  }
  if (failed) throw_bad_input("{}: {}", settings.data.string(), failed.message());
  std::ranges::sort(folders);
  std::vector<std::unique_ptr<BenchmarkData>> all;
  for (const auto open : {open_retrieval_data, open_classification_data}) {
    for (const fs::path& folder : folders) {
      if (auto data = open(folder)) all.push_back(std::move(data));
    }
  }
  if (all.empty()) {
    throw_bad_input(
        "{}: no data set: none of its folders has label_cn.txt, or the official files of a split "
        "\"test\" (of MUGE, \"valid\")",
        settings.data.string());
  }
  return all;
}

}  // namespace

std::string settings_text(const ReportSettings& settings) {
  return fmt::format("{}, context {}{}", settings.encoder.precision, settings.encoder.context_length,
                     settings.skip_broken ? ", broken pictures skipped" : "");
}

std::string_view content_of(const Sample& picture) {
  return picture.error.empty() ? std::string_view(picture.bytes) : "broken";
}

std::vector<BenchmarkResult> run_report(const ReportSettings& settings, const std::vector<BenchmarkResult>& known,
                                        const std::function<void(const std::vector<BenchmarkResult>&)>& done) {
  const auto sets = open_all(settings);
  std::vector<BenchmarkResult> results;
  for (const std::string& model : settings.models) {
    const Checkpoint checkpoint = load_checkpoint(resolve_model(model));
    std::optional<Encoder> encoder;  // compiled only where something is left to measure
    for (const auto& data : sets) {
      BenchmarkResult result = data->describe(settings);
      result.model = model;
      result.architecture = checkpoint.config.name;
      result.weights = checkpoint.fingerprint;
      const auto found =
          std::ranges::find_if(known, [&](const BenchmarkResult& earlier) { return earlier.same_measurement(result); });
      if (found != known.end()) {
        settings.note(fmt::format("{}: {}: known already", model, result.benchmark));
        results.push_back(*found);
        continue;
      }
      settings.note(fmt::format("{}: {}: {}", model, result.benchmark, result.protocol));
      if (!encoder) encoder.emplace(model, settings.encoder);
      data->measure(*encoder, settings, result);
      results.push_back(std::move(result));
      done(results);
    }
  }
  return results;
}

}  // namespace cnclip
