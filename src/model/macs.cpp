#include "graph/passes.h"
#include "graph/shapes.h"
#include "model/parameters.h"
#include "model/towers.h"

namespace cnclip {
namespace {

// `narrowed`: as engines run it, the last block for the one token that is taken.
std::int64_t macs_of(Graph graph, const ModelConfig& config, std::int64_t length, bool narrowed) {
  TensorMap weights = initial_weights(config, 0);
  if (narrowed) narrow_last_block(graph, weights);
  const std::vector<Shape> shapes = verify(graph, weights);
  const auto elements = [&](Value value) {
    std::int64_t product = 1;
    for (const std::int64_t dim : shapes[static_cast<std::size_t>(value.id)]) {
      product *= dim == kBatch ? 1 : dim == kLength ? length : dim;
    }
    return product;
  };
  std::int64_t total = 0;
  for (std::size_t i = 0; i < graph.nodes.size(); ++i) {
    const Node& node = graph.nodes[i];
    const std::int64_t out = elements({static_cast<int>(i)});
    const auto weight_of = [&](const std::string& name) { return element_count(weights.at(name).shape); };
    total +=
        std::visit(Overloaded{
                       [&](const PatchEmbed& o) { return out * weight_of(o.weight) / weights.at(o.weight).shape[0]; },
                       [&](const ConvBnAct& o) { return out * weight_of(o.weight) / weights.at(o.weight).shape[0]; },
                       [&](const Linear& o) { return out * weights.at(o.weights[0]).shape[1]; },
                       [&](const Project& o) { return weight_of(o.weight); },
                       [&](const Attention&) {
                         const Shape& keys = shapes[static_cast<std::size_t>(node.inputs.back().id)];
                         return 2 * out * (keys[1] == kLength ? length : keys[1]);
                       },
                       [&](const AttentionPool& o) {
                         const std::int64_t tokens = weights.at(o.positions).shape[0];
                         return weight_of(o.q_weight) * (1 + 2 * tokens) + weight_of(o.out_weight);
                       },
                       [](const auto&) { return std::int64_t{0}; },
                   },
                   node.op);
  }
  return total;
}

}  // namespace

std::int64_t image_macs(const ModelConfig& config) {
  return macs_of(image_tower(config), config, 0, false);
}

std::int64_t text_macs(const ModelConfig& config, std::int64_t length) {
  return macs_of(text_tower(config), config, length, false);
}

std::int64_t needed_image_macs(const ModelConfig& config) {
  return macs_of(image_tower(config), config, 0, true);
}

std::int64_t needed_text_macs(const ModelConfig& config, std::int64_t length) {
  return macs_of(text_tower(config), config, length, true);
}

}  // namespace cnclip
