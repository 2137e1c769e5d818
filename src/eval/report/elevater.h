// The one figure that the twenty sets of ELEVATER are summed up in.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "eval/report/result.h"

namespace cnclip {

struct ElevaterAverage {
  std::string model;
  double measured = 0;              // percent: the mean over the sets, each by its own metric
  std::optional<double> published;  // of the same mean, for the official architectures
};

// Of each model that has all twenty sets, whole and by the published protocol; there is no average of fewer.
std::vector<ElevaterAverage> elevater_averages(const std::vector<BenchmarkResult>& results);

}  // namespace cnclip
