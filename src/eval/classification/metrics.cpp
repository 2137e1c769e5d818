#include "eval/classification/metrics.h"

#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <limits>
#include <numeric>

#include "base/error.h"

namespace cnclip::classification {
namespace {

constexpr double kUndefined = std::numeric_limits<double>::quiet_NaN();
constexpr std::array<std::string_view, 4> kNames = {"accuracy", "mean_per_class", "roc_auc", "map_11_point"};

double ratio(std::int64_t part, std::int64_t whole) {
  return static_cast<double>(part) / static_cast<double>(whole);
}

// Calls `group(positives, size)` for each group of equal scores, the highest first.
template <class Group>
void by_falling_score(std::span<const std::uint8_t> positive, std::span<const float> scores, Group group) {
  std::vector<std::size_t> order(scores.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) { return scores[a] > scores[b]; });
  for (std::size_t begin = 0, end = 0; begin < order.size(); begin = end) {
    std::int64_t positives = 0;
    for (; end < order.size() && scores[order[end]] == scores[order[begin]]; ++end) positives += positive[order[end]];
    group(positives, static_cast<std::int64_t>(end - begin));
  }
}

}  // namespace

std::string_view name_of(Metric metric) {
  return kNames[static_cast<std::size_t>(metric)];
}

Metric metric_from(std::string_view name) {
  const auto found = std::find(kNames.begin(), kNames.end(), name);
  if (found == kNames.end()) throw_usage("metric {}: it is {}", name, fmt::join(kNames, ", "));
  return static_cast<Metric>(found - kNames.begin());
}

double accuracy(std::span<const std::vector<int>> truth, std::span<const int> predicted) {
  std::int64_t right = 0;
  for (std::size_t i = 0; i < truth.size(); ++i) {
    right += std::find(truth[i].begin(), truth[i].end(), predicted[i]) != truth[i].end() ? 1 : 0;
  }
  return truth.empty() ? kUndefined : ratio(right, static_cast<std::int64_t>(truth.size()));
}

double mean_per_class(std::span<const int> truth, std::span<const int> predicted, int classes) {
  std::vector<std::int64_t> images(static_cast<std::size_t>(classes)), right(images.size());
  for (std::size_t i = 0; i < truth.size(); ++i) {
    const auto which = static_cast<std::size_t>(truth[i]);
    ++images[which];
    right[which] += truth[i] == predicted[i] ? 1 : 0;
  }
  double sum = 0;
  std::int64_t counted = 0;
  for (std::size_t c = 0; c < images.size(); ++c) {
    if (images[c] == 0) continue;
    sum += ratio(right[c], images[c]);
    ++counted;
  }
  return counted == 0 ? kUndefined : sum / static_cast<double>(counted);
}

double roc_auc(std::span<const std::uint8_t> positive, std::span<const float> scores) {
  std::int64_t positives = 0, negatives = 0;
  double won = 0;  // pairs of a positive and a negative, the positive above
  by_falling_score(positive, scores, [&](std::int64_t with, std::int64_t size) {
    const std::int64_t without = size - with;
    won += static_cast<double>(without) * (static_cast<double>(positives) + 0.5 * static_cast<double>(with));
    positives += with;
    negatives += without;
  });
  return won / (static_cast<double>(positives) * static_cast<double>(negatives));  // 0 / 0 is NaN
}

double average_precision_11_point(std::span<const std::uint8_t> positive, std::span<const float> scores) {
  const std::int64_t positives = std::accumulate(positive.begin(), positive.end(), std::int64_t{0});
  if (positives == 0) return kUndefined;
  std::array<double, 11> best{};  // by the tenths of recall that are reached
  std::int64_t hits = 0, seen = 0;
  by_falling_score(positive, scores, [&](std::int64_t with, std::int64_t size) {
    hits += with;
    seen += size;
    double& precision = best[static_cast<std::size_t>(10 * hits / positives)];
    precision = std::max(precision, ratio(hits, seen));
  });
  for (std::size_t k = 10; k-- > 0;) best[k] = std::max(best[k], best[k + 1]);
  return std::accumulate(best.begin(), best.end(), 0.0) / 11;
}

}  // namespace cnclip::classification
