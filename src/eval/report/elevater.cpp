#include "eval/report/elevater.h"

#include <algorithm>

#include "eval/classification/benchmarks.h"

namespace cnclip {
namespace {

std::optional<ElevaterAverage> average_of(const std::string& model, const std::vector<BenchmarkResult>& results) {
  ElevaterAverage average{model, 0, 0};
  for (const classification::Benchmark& benchmark : classification::elevater()) {
    const auto found = std::ranges::find_if(results, [&](const BenchmarkResult& result) {
      return result.model == model && result.benchmark == benchmark.name && result.apart.empty();
    });
    if (found == results.end() || found->figures.empty()) return {};
    const Figure& own = found->figures.front();
    const auto share = static_cast<double>(classification::elevater().size());
    average.measured += own.value / share;
    average.published =
        average.published && own.published ? std::optional(*average.published + *own.published / share) : std::nullopt;
  }
  return average;
}

}  // namespace

std::vector<ElevaterAverage> elevater_averages(const std::vector<BenchmarkResult>& results) {
  std::vector<ElevaterAverage> averages;
  for (const BenchmarkResult& result : results) {
    const auto same = [&](const ElevaterAverage& average) { return average.model == result.model; };
    if (std::ranges::any_of(averages, same)) continue;
    if (auto average = average_of(result.model, results)) averages.push_back(std::move(*average));
  }
  return averages;
}

}  // namespace cnclip
