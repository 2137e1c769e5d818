// From what a tower meets to its quantisation.
#pragma once

#include <functional>

#include "engine/engine.h"
#include "graph/quantize.h"

namespace cnclip {

// Every layer that can be int8: steps of least square error, layer norms smoothed where only linear layers read them.
// `graph` as the model builders make it. The batch passes through the tower twice, in f32. The same input gives the
// same result. Throws bad_input when values on the way are not finite or all zero.
TowerQuantization calibrate(Engine& engine, const Graph& graph, const TensorMap& weights, const Batch& batch,
                            int threads);

// How near features are to those of f32: cosines of rows.
struct Likeness {
  double mean = 1, least = 1;
};
Likeness likeness(std::span<const float> features, std::span<const float> wanted, std::int64_t width);

struct SensitivitySettings {
  double target = 0.99;    // of the mean cosine
  CompileOptions compile;  // its precision is that of layers which are not int8
  std::function<void(std::size_t done, std::size_t of)> progress{};
};

struct Sensitivity {
  Likeness before, after;         // all layers in int8; without those taken out
  std::vector<std::string> kept;  // the layers taken out, the worst first
};

// Where all layers in int8 miss the target, measures what each alone does to the features and takes as many of the
// worst out of `quantization` as it needs.
Sensitivity keep_worst(Engine& engine, const Graph& graph, const TensorMap& weights, const Batch& batch,
                       TowerQuantization& quantization, const SensitivitySettings& settings);

}  // namespace cnclip
