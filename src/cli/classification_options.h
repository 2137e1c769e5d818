// What the evaluations on classification data sets share.
#pragma once

#include <cmath>
#include <filesystem>

#include "cli/encoder_options.h"
#include "cli/output.h"
#include "cli/progress.h"
#include "eval/classification/benchmarks.h"
#include "eval/classification/class_folder.h"
#include "eval/classification/image_features.h"

namespace cnclip {

struct ClassificationChoice {
  EncoderChoice encoder;
  std::filesystem::path folder;
  std::string dataset, metric;
  bool skip_broken = false, json = false;

  void add_to(CLI::App& command) {
    command.add_option("folder", folder, "Folder of label_cn.txt, test/<id>/… or test.txt")->required();
    encoder.options.precision = "f32";  // as the official scripts
    encoder.add_to(command);
    command.add_option("--dataset", dataset, "Its official name; default: that of the folder");
    command.add_option("--metric", metric,
                       "accuracy, mean_per_class, roc_auc or map_11_point; default: the data set's");
    command.add_flag("--skip-broken", skip_broken, "Leave broken pictures out, and say how many, instead of failing");
    command.add_flag("--json", json, "Print one JSON object");
  }

  // Settles what was left open.
  void settle() {
    if (dataset.empty()) dataset = std::filesystem::absolute(folder / "").parent_path().filename().string();
    if (metric.empty()) metric = std::string(name_of(benchmark() ? benchmark()->metric : Metric::accuracy));
    classification::metric_from(metric);
  }
  const classification::Benchmark* benchmark() const { return classification::find_benchmark(dataset); }
  classification::ClassFolder open(const std::string& split) const {
    return classification::read_class_folder(folder, split, benchmark() != nullptr && benchmark()->repeated_names);
  }

 private:
  using Metric = classification::Metric;
};

inline std::string percent(double value) {
  return std::isnan(value) ? "undefined" : fmt::format("{:.2f} %", 100 * value);
}

// NaN, which JSON lacks, becomes null.
inline Json figure(double value) {
  return std::isnan(value) ? Json() : Json(value);
}

inline void note_skipped(const std::vector<FeatureCollector::Fault>& skipped) {
  for (const auto& fault : skipped) note(fmt::format("left out: {}", fault.error));
}

}  // namespace cnclip
