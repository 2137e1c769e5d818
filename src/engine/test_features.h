// For tests that hold features of engines against each other.
#pragma once

#include <algorithm>
#include <cmath>

#include "engine/node_cases.h"

namespace cnclip {

inline std::vector<float> features_of(Engine& engine, const NodeCase& c, const Batch& batch,
                                      const CompileOptions& options = {}) {
  return features_of(*engine.compile(c.graph, c.weights, options), batch);
}

inline double scale_of(const std::vector<float>& values) {
  double largest = 0;
  for (const float value : values) largest = std::max(largest, std::abs(double{value}));
  return largest;
}

inline double largest_difference(const std::vector<float>& a, const std::vector<float>& b) {
  double largest = 0;
  for (std::size_t i = 0; i < a.size(); ++i) largest = std::max(largest, std::abs(double{a[i]} - b[i]));
  return largest;
}

}  // namespace cnclip
