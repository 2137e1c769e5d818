// Tools of the passes.
#pragma once

#include <vector>

#include "graph/graph.h"

namespace cnclip {

// How many nodes use each value; the output counts as one use.
std::vector<int> count_uses(const Graph& graph);

// Every use of `from` becomes a use of `to`.
void replace_uses(Graph& graph, Value from, Value to);

// Drops nodes whose value nobody uses and brings the rest into an order in which inputs come first.
void tidy(Graph& graph);

}  // namespace cnclip
