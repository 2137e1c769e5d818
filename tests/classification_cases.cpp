// Metrics and fits for the Python tests: a JSON object a line on standard input, one on standard output for each.
//   {"case": "mean_per_class", "truth": […], "predicted": […], "classes": 3}
//   {"case": "roc_auc" or "average_precision_11_point", "positive": […], "scores": […]}
//   {"case": "logistic", "rows": [[…]], "labels": […], "classes": 3, "c": 1.0, "tested": [[…]]}
#include <iostream>
#include <nlohmann/json.hpp>

#include "eval/classification/logistic.h"
#include "eval/classification/metrics.h"

namespace {

using namespace cnclip;
using namespace cnclip::classification;
using nlohmann::json;

FeatureSet features(const json& rows) {
  FeatureCollector collector(static_cast<std::int64_t>(rows.at(0).size()));
  for (const json& row : rows) collector.add("", row.get<std::vector<float>>());
  return collector.take();
}

json logistic(const json& input) {
  const FeatureSet learned = features(input.at("rows")), tested = features(input.at("tested"));
  Examples examples;
  for (const int label : input.at("labels").get<std::vector<int>>()) {
    examples.add(static_cast<std::int64_t>(examples.size()), label);
  }
  const LogisticModel model =
      fit_logistic(learned, examples, input.at("classes").get<int>(), input.at("c").get<double>());
  std::vector<std::int64_t> rows;
  for (std::int64_t i = 0; i < tested.count(); ++i) rows.push_back(i);
  const Tensor probabilities = predict(model, tested, rows);
  const auto values = probabilities.data<float>();
  return {{"objective", model.objective},
          {"converged", model.converged},
          {"iterations", model.iterations},
          {"probabilities", std::vector<float>(values.begin(), values.end())}};
}

json answer(const json& input) {
  const std::string name = input.at("case");
  if (name == "logistic") return logistic(input);
  if (name == "mean_per_class") {
    return mean_per_class(input.at("truth").get<std::vector<int>>(), input.at("predicted").get<std::vector<int>>(),
                          input.at("classes").get<int>());
  }
  const auto positive = input.at("positive").get<std::vector<std::uint8_t>>();
  const auto scores = input.at("scores").get<std::vector<float>>();
  return name == "roc_auc" ? roc_auc(positive, scores) : average_precision_11_point(positive, scores);
}

}  // namespace

int main() {
  for (std::string line; std::getline(std::cin, line);) std::cout << answer(json::parse(line)) << "\n";
}
