// What a classifier makes of labelled images: the best classes of each, and the figures over all.
#pragma once

#include <string>
#include <vector>

#include "base/tensor.h"
#include "eval/classification/class_folder.h"
#include "eval/classification/metrics.h"

namespace cnclip::classification {

struct ClassScore {
  int of_class = 0;
  float probability = 0;
};

struct ImageOutcome {
  std::string id;
  std::vector<int> classes;     // true ones
  std::vector<ClassScore> top;  // at most five, the best first; of equal ones, the lower class first
};

struct Outcome {
  std::vector<ImageOutcome> images;
  double accuracy = 0;
  double value = 0;  // of the metric asked for; NaN where the data leave it undefined
};

// Throws usage where the metric does not fit: mean_per_class wants one class an image, roc_auc that and two classes in
// all.
void check_fits(Metric metric, const ClassFolder& folder);

// `probabilities`: float32 (images, classes). roc_auc scores class 1; map_11_point averages the classes that have
// images.
Outcome measure(const std::vector<LabelledImage>& images, const Tensor& probabilities, Metric metric);

// The metric on some of the outcome's images, each any number of times; NaN where they leave it undefined.
double figure_of(Metric metric, const Outcome& outcome, const Tensor& probabilities,
                 std::span<const std::uint32_t> images);

}  // namespace cnclip::classification
