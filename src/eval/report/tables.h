// Results as tables that people read: a table a benchmark, models below each other, published figures beside measured
// ones.
#pragma once

#include <string>
#include <vector>

#include "eval/report/result.h"

namespace cnclip {

// Results of one benchmark stand together, in the order in which it is first met.
std::string report_markdown(const std::vector<BenchmarkResult>& results);
// HTML that stands alone.
std::string report_html(const std::vector<BenchmarkResult>& results);

}  // namespace cnclip
