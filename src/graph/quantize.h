// Which layers of a tower are computed in int8, and how: as calibration found it, without a word of an engine.
#pragma once

#include <map>
#include <string>

#include "base/tensor.h"
#include "graph/graph.h"

namespace cnclip {

struct TowerQuantization {
  // The step of a layer's input, by the layer's name. Layers that are not here keep their precision.
  std::map<std::string, float> steps;
  // What the output of a layer norm is divided by, by channel; by the name of its weight. The linear layers after it
  // multiply their columns by the same, which changes nothing in real numbers and brings outliers to int8's range.
  std::map<std::string, Tensor> smoothing;
};

// A weight's name before passes derived others from it.
std::string official_name(const std::string& name);

// The name by which a layer is known, before passes and after: the official one of its (first) weight. Empty for what
// cannot be int8: other kinds of node, and a first convolution, whose pixels and weights change when the normalisation
// is folded into it.
std::string int8_layer(const Graph& graph, const Node& node);

// The linear layers that read the layer norm's output, if nothing else does; else none, and it cannot be smoothed.
std::vector<Value> only_linear_readers(const Graph& graph, Value layer_norm);

// The layer norms that can be.
std::vector<Value> smoothable_norms(const Graph& graph);

// Run it on the graph as the model builders make it. Throws bad_input for a name that is no such layer, and for
// smoothing of a wrong width.
void quantize(Graph& graph, TensorMap& weights, const TowerQuantization& quantization);

}  // namespace cnclip
