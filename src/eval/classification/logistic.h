// Multinomial logistic regression with an L2 penalty.
#pragma once

#include <span>
#include <vector>

#include "vectors/feature_set.h"

namespace cnclip::classification {

// Some rows of a set of features, and the class of each.
struct Examples {
  std::vector<std::int64_t> rows;
  std::vector<int> classes;

  void add(std::int64_t row, int of_class) {
    rows.push_back(row);
    classes.push_back(of_class);
  }
  std::size_t size() const { return rows.size(); }
};

struct LogisticModel {
  int classes = 0;
  std::int64_t width = 0;
  std::vector<double> weights;  // (classes, width), then a bias for each class
  double objective = 0;
  int iterations = 0;
  bool converged = false;
};

// Minimises, as scikit-learn's LogisticRegression(solver="lbfgs") of the same C does,
//   sum of -log p(class) + |W|^2 / (2 C)      (biases are free of the penalty)
// For two classes scikit-learn has one vector, the difference of ours; the penalty of two opposite halves is doubled,
// so that the minima are the same. Double precision throughout.
LogisticModel fit_logistic(const FeatureSet& features, const Examples& examples, int classes, double c);

// Softmax of the scores: float32 (rows, classes).
Tensor predict(const LogisticModel& model, const FeatureSet& features, std::span<const std::int64_t> rows);

}  // namespace cnclip::classification
