// One data set, opened once for several models.
#pragma once

#include <memory>

#include "data/formats/record.h"
#include "eval/report/report.h"

namespace cnclip {

class BenchmarkData {
 public:
  virtual ~BenchmarkData() = default;
  // The result with everything but figures: what will be measured on what.
  virtual BenchmarkResult describe(const ReportSettings& settings) const = 0;
  // Fills figures and left_out.
  virtual void measure(Encoder& encoder, const ReportSettings& settings, BenchmarkResult& result) const = 0;
};

// How features are made, for BenchmarkResult::settings.
std::string settings_text(const ReportSettings& settings);
// What counts of a picture: its bytes, or that there are none.
std::string_view content_of(const Sample& picture);

// Reads all of it once, for its content. Null where `folder` holds no data set of this kind; throws bad_input where it
// does, but a broken one.
std::unique_ptr<BenchmarkData> open_retrieval_data(const std::filesystem::path& folder);
std::unique_ptr<BenchmarkData> open_classification_data(const std::filesystem::path& folder);

}  // namespace cnclip
