// Shapes of every value, and the check that a graph and its weights fit together.
#pragma once

#include "base/tensor.h"
#include "graph/graph.h"

namespace cnclip {

// Symbolic dimensions.
inline constexpr std::int64_t kBatch = -1;
inline constexpr std::int64_t kLength = -2;

// The shape of each node's value, by node. Throws bad_input when a weight is missing or of a wrong shape (naming the
// tensor, its shape and the shape wanted), internal when the graph itself is broken (naming the node).
std::vector<Shape> verify(const Graph& graph, const TensorMap& weights);

// One line a node: "%7 = linear(%6, %4) visual.….c_fc.weight quick_gelu : (N, 197, 3072)".
std::string print(const Graph& graph, const std::vector<Shape>& shapes);

// Names of the weights a node uses, empty names left out.
std::vector<std::string> weights_of(const Op& op);
std::string_view kind_of(const Op& op);  // "patch_embed", "linear", …

}  // namespace cnclip
