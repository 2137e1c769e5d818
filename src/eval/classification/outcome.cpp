#include "eval/classification/outcome.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

#include "base/error.h"

namespace cnclip::classification {
namespace {

constexpr std::size_t kTop = 5;

std::vector<ClassScore> best_classes(std::span<const float> probabilities) {
  std::vector<int> order(probabilities.size());
  std::iota(order.begin(), order.end(), 0);
  const auto end = order.begin() + static_cast<std::ptrdiff_t>(std::min(kTop, order.size()));
  std::partial_sort(order.begin(), end, order.end(), [&](int a, int b) {
    const float left = probabilities[static_cast<std::size_t>(a)], right = probabilities[static_cast<std::size_t>(b)];
    return left != right ? left > right : a < b;
  });
  std::vector<ClassScore> top;
  for (auto place = order.begin(); place != end; ++place) {
    top.push_back({*place, probabilities[static_cast<std::size_t>(*place)]});
  }
  return top;
}

// One class against the others: which of the images are of it, and how they score.
struct OneClass {
  std::vector<std::uint8_t> positive;
  std::vector<float> scores;
};

OneClass one_class(const Outcome& outcome, const Tensor& probabilities, std::span<const std::uint32_t> images,
                   std::size_t of_class) {
  const auto all = probabilities.data<float>();
  const auto classes = static_cast<std::size_t>(probabilities.shape()[1]);
  OneClass result;
  for (const std::uint32_t i : images) {
    const auto& truth = outcome.images[i].classes;
    result.positive.push_back(std::find(truth.begin(), truth.end(), static_cast<int>(of_class)) != truth.end() ? 1 : 0);
    result.scores.push_back(all[i * classes + of_class]);
  }
  return result;
}

double mean_average_precision(const Outcome& outcome, const Tensor& probabilities,
                              std::span<const std::uint32_t> images) {
  double sum = 0;
  int counted = 0;
  for (std::int64_t c = 0; c < probabilities.shape()[1]; ++c) {
    const OneClass one = one_class(outcome, probabilities, images, static_cast<std::size_t>(c));
    const double precision = average_precision_11_point(one.positive, one.scores);
    if (std::isnan(precision)) continue;
    sum += precision;
    ++counted;
  }
  return counted == 0 ? std::numeric_limits<double>::quiet_NaN() : sum / counted;
}

}  // namespace

void check_fits(Metric metric, const ClassFolder& folder) {
  const bool binary = metric == Metric::roc_auc;
  if ((binary || metric == Metric::mean_per_class) && folder.multi_label()) {
    throw_usage("metric {}: {} has pictures of several classes", name_of(metric), folder.folder.string());
  }
  if (binary && folder.classes() != 2) {
    throw_usage("metric {}: it needs 2 classes, {} has {}", name_of(metric), folder.folder.string(), folder.classes());
  }
}

double figure_of(Metric metric, const Outcome& outcome, const Tensor& probabilities,
                 std::span<const std::uint32_t> images) {
  const auto predicted = [&] {
    std::vector<int> classes;
    for (const std::uint32_t i : images) classes.push_back(outcome.images[i].top.front().of_class);
    return classes;
  };
  switch (metric) {
    case Metric::accuracy: {
      std::vector<std::vector<int>> truth;
      for (const std::uint32_t i : images) truth.push_back(outcome.images[i].classes);
      return accuracy(truth, predicted());
    }
    case Metric::mean_per_class: {
      std::vector<int> truth;
      for (const std::uint32_t i : images) truth.push_back(outcome.images[i].classes.front());
      return mean_per_class(truth, predicted(), static_cast<int>(probabilities.shape()[1]));
    }
    case Metric::roc_auc: {
      const OneClass one = one_class(outcome, probabilities, images, 1);
      return roc_auc(one.positive, one.scores);
    }
    case Metric::map_11_point: return mean_average_precision(outcome, probabilities, images);
  }
  throw_internal("metric {}", static_cast<int>(metric));
}

Outcome measure(const std::vector<LabelledImage>& images, const Tensor& probabilities, Metric metric) {
  const auto classes = static_cast<std::size_t>(probabilities.shape()[1]);
  Outcome outcome;
  for (std::size_t i = 0; i < images.size(); ++i) {
    outcome.images.push_back(
        {images[i].id, images[i].classes, best_classes(probabilities.data<float>().subspan(i * classes, classes))});
  }
  std::vector<std::uint32_t> all(images.size());
  std::iota(all.begin(), all.end(), 0u);
  outcome.accuracy = figure_of(Metric::accuracy, outcome, probabilities, all);
  outcome.value = metric == Metric::accuracy ? outcome.accuracy : figure_of(metric, outcome, probabilities, all);
  return outcome;
}

}  // namespace cnclip::classification
