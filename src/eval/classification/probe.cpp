#include "eval/classification/probe.h"

#include <algorithm>
#include <cmath>
#include <map>

#include "base/error.h"
#include "base/random.h"

namespace cnclip::classification {
namespace {

constexpr double kFirstStep = 2, kLastStep = 0.125, kRange = 6;  // decades
constexpr double kPlainC = 0.316;
constexpr std::size_t kHeldOutShare = 5;  // one in so many

// The training pictures by class, shuffled.
std::vector<std::vector<std::int64_t>> shuffled_classes(const LabelledFeatures& train, int classes,
                                                        std::uint64_t seed) {
  std::vector<std::vector<std::int64_t>> rows(static_cast<std::size_t>(classes));
  for (std::size_t i = 0; i < train.images.size(); ++i) {
    rows[static_cast<std::size_t>(train.images[i].classes.front())].push_back(static_cast<std::int64_t>(i));
  }
  Random random(seed, "probe");
  for (auto& of_class : rows) {
    for (std::size_t left = of_class.size(); left > 1; --left) {
      std::swap(of_class[left - 1], of_class[random.next() % left]);
    }
  }
  return rows;
}

double accuracy_of(const LogisticModel& model, const LabelledFeatures& data, const Examples& examples) {
  const Tensor probabilities = predict(model, data.features, examples.rows);
  std::vector<LabelledImage> images;
  for (const std::int64_t row : examples.rows) images.push_back(data.images[static_cast<std::size_t>(row)]);
  return measure(images, probabilities, Metric::accuracy).accuracy;
}

struct Choice {
  double c = kPlainC;
  double accuracy = 0;
};

Choice best_c(const LabelledFeatures& train, const Examples& learned, const Examples& held_out, int classes) {
  std::map<double, double> accuracies;  // by decade
  const auto try_decade = [&](double decade) {
    if (std::abs(decade) > kRange || accuracies.contains(decade)) return;
    accuracies[decade] =
        accuracy_of(fit_logistic(train.features, learned, classes, std::pow(10, decade)), train, held_out);
  };
  const auto best = [&] {  // the first of the best: the smallest C
    return std::max_element(accuracies.begin(), accuracies.end(),
                            [](const auto& a, const auto& b) { return a.second < b.second; });
  };
  for (double decade = -kRange; decade <= kRange; decade += kFirstStep) try_decade(decade);
  for (double step = kFirstStep / 2; step >= kLastStep; step /= 2) {
    const double peak = best()->first;
    try_decade(peak - step);
    try_decade(peak + step);
  }
  return {std::pow(10, best()->first), best()->second};
}

ProbeRun run(const LabelledFeatures& train, const LabelledFeatures& test, int classes, const ProbeSettings& settings,
             std::uint64_t seed) {
  Examples all, learned, held_out;
  bool enough = true;
  const auto rows = shuffled_classes(train, classes, seed);
  for (std::size_t c = 0; c < rows.size(); ++c) {
    const auto wanted =
        settings.shots > 0 ? static_cast<std::size_t>(settings.shots) : std::max<std::size_t>(1, rows[c].size());
    if (rows[c].size() < wanted) {
      throw_bad_input("class {}: {} training pictures, at least {} are needed", c, rows[c].size(), wanted);
    }
    enough = enough && wanted >= 2;
    const std::size_t apart = std::max<std::size_t>(1, wanted / kHeldOutShare);
    for (std::size_t i = 0; i < wanted; ++i) {
      all.add(rows[c][i], static_cast<int>(c));
      (i < apart ? held_out : learned).add(rows[c][i], static_cast<int>(c));
    }
  }
  ProbeRun result;
  result.seed = seed;
  result.learned_from = all.size();
  result.c = kPlainC;
  if (enough) {
    const Choice choice = best_c(train, learned, held_out, classes);
    result.c = choice.c;
    result.held_out = choice.accuracy;
  }
  const LogisticModel model = fit_logistic(train.features, all, classes, result.c);
  result.converged = model.converged;
  std::vector<std::int64_t> tested;
  for (std::int64_t i = 0; i < test.features.count(); ++i) tested.push_back(i);
  result.outcome = measure(test.images, predict(model, test.features, tested), settings.metric);
  return result;
}

// Mean, and the standard deviation of a sample.
template <class Value>
std::pair<double, double> spread(const std::vector<ProbeRun>& runs, Value value) {
  const auto count = static_cast<double>(runs.size());
  double sum = 0, squares = 0;
  for (const ProbeRun& run : runs) sum += value(run);
  for (const ProbeRun& run : runs) squares += std::pow(value(run) - sum / count, 2);
  return {sum / count, runs.size() < 2 ? 0 : std::sqrt(squares / (count - 1))};
}

}  // namespace

ProbeResult evaluate_probe(const LabelledFeatures& train, const LabelledFeatures& test, int classes,
                           const ProbeSettings& settings) {
  ProbeResult result;
  for (const std::uint64_t seed : settings.seeds) result.runs.push_back(run(train, test, classes, settings, seed));
  std::tie(result.accuracy_mean, result.accuracy_deviation) =
      spread(result.runs, [](const ProbeRun& run) { return run.outcome.accuracy; });
  std::tie(result.value_mean, result.value_deviation) =
      spread(result.runs, [](const ProbeRun& run) { return run.outcome.value; });
  return result;
}

}  // namespace cnclip::classification
