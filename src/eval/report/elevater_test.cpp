#include "eval/report/elevater.h"

#include <gtest/gtest.h>

#include "eval/classification/benchmarks.h"

namespace cnclip {
namespace {

// As the report has them for a model that comes to the published figure and one percent more, on every set.
std::vector<BenchmarkResult> whole(std::size_t model) {
  std::vector<BenchmarkResult> results;
  for (const auto& benchmark : classification::benchmarks()) {
    BenchmarkResult result;
    result.benchmark = benchmark.name;
    result.model = "m";
    result.figures = {{"", "accuracy", benchmark.published[model] + 1, {}, benchmark.published[model]},
                      {"", "another", 0, {}, {}}};
    results.push_back(result);
  }
  return results;
}

TEST(ElevaterAverages, AreThoseOfThePaper) {
  // The paper's table 11, last row.
  const double published[] = {40.9, 53.5, 60.0, 60.2, 62.3};
  for (std::size_t model = 0; model < std::size(published); ++model) {
    const auto averages = elevater_averages(whole(model));
    ASSERT_EQ(averages.size(), 1U);
    EXPECT_EQ(averages[0].model, "m");
    EXPECT_NEAR(*averages[0].published, published[model], 0.06);  // it rounds each
    EXPECT_NEAR(averages[0].measured, *averages[0].published + 1, 1e-9);
  }
}

TEST(ElevaterAverages, ThereIsNoneOfFewerOrOfParts) {
  auto results = whole(1);
  results[3].apart = "subset: 500 of 10,000 images";
  EXPECT_TRUE(elevater_averages(results).empty());
  results = whole(1);
  results.erase(results.begin() + 3);
  EXPECT_TRUE(elevater_averages(results).empty());
}

TEST(ElevaterAverages, OfOtherArchitecturesHaveNothingPublished) {
  auto results = whole(1);
  for (BenchmarkResult& result : results) result.figures.front().published.reset();
  const auto averages = elevater_averages(results);
  ASSERT_EQ(averages.size(), 1U);
  EXPECT_FALSE(averages[0].published.has_value());
}

}  // namespace
}  // namespace cnclip
