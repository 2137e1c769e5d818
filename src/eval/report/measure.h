// One data set, opened once for several models.
#pragma once

#include <memory>

#include "checkpoint/load.h"
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

// Reads all of it once, for its content. Null where `folder` holds no data set of this kind; throws bad_input where it
// does, but a broken one.
std::unique_ptr<BenchmarkData> open_retrieval_data(const std::filesystem::path& folder);
std::unique_ptr<BenchmarkData> open_classification_data(const std::filesystem::path& folder);

// The place of the architecture among the published models.
std::optional<std::size_t> published_place(const std::string& architecture);

}  // namespace cnclip
