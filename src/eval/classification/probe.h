// The linear probe: logistic regression on frozen features, as CLIP was evaluated.
#pragma once

#include <optional>

#include "eval/classification/image_features.h"
#include "eval/classification/logistic.h"
#include "eval/classification/outcome.h"

namespace cnclip::classification {

struct ProbeSettings {
  int shots = 0;                           // pictures of each class that are learned from; 0: all
  std::vector<std::uint64_t> seeds = {0};  // a run each: which pictures those are, and which are held out
  Metric metric = Metric::accuracy;
};

struct ProbeRun {
  std::uint64_t seed = 0;
  std::size_t learned_from = 0;    // pictures
  double c = 0;                    // as scikit-learn has it, 1 / lambda
  std::optional<double> held_out;  // accuracy there with the best C; nothing: there were too few to hold out
  bool converged = false;
  Outcome outcome;
};

struct ProbeResult {
  std::vector<ProbeRun> runs;  // by seed
  double accuracy_mean = 0, value_mean = 0;
  double accuracy_deviation = 0, value_deviation = 0;  // of one run from the mean (n - 1); 0 for one run
};

// Both of one model and one list of classes. C is the one of 1e-6 … 1e6 that is best on a fifth of the training
// pictures that is held out, class by class: every second decade is tried, then the steps about the best are halved
// down to an eighth of a decade (CLIP, appendix A.3); of equally good ones the smallest C stays. Then all are learned
// from. With fewer than two pictures in some class none are held out, and C is 0.316, the value of CLIP's example.
// Throws bad_input for a class with fewer pictures than `shots`.
ProbeResult evaluate_probe(const LabelledFeatures& train, const LabelledFeatures& test, int classes,
                           const ProbeSettings& settings);

}  // namespace cnclip::classification
