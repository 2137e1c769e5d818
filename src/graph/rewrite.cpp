#include "graph/rewrite.h"

#include <functional>

namespace cnclip {

std::vector<int> count_uses(const Graph& graph) {
  std::vector<int> uses(graph.nodes.size(), 0);
  for (const Node& node : graph.nodes) {
    for (const Value input : node.inputs) ++uses[static_cast<std::size_t>(input.id)];
  }
  ++uses[static_cast<std::size_t>(graph.output.id)];
  return uses;
}

void replace_uses(Graph& graph, Value from, Value to) {
  for (Node& node : graph.nodes) {
    for (Value& input : node.inputs) {
      if (input == from) input = to;
    }
  }
  if (graph.output == from) graph.output = to;
}

void tidy(Graph& graph) {
  std::vector<int> place(graph.nodes.size(), -1);
  std::vector<Node> kept;
  const std::function<Value(Value)> keep = [&](Value value) -> Value {
    int& id = place[static_cast<std::size_t>(value.id)];
    if (id < 0) {
      Node node = graph.node(value);
      for (Value& input : node.inputs) input = keep(input);
      kept.push_back(std::move(node));
      id = static_cast<int>(kept.size()) - 1;
    }
    return {id};
  };
  graph.output = keep(graph.output);
  graph.nodes = std::move(kept);
}

}  // namespace cnclip
