#include "graph/quantize.h"

#include <set>

#include "base/error.h"

namespace cnclip {
namespace {

// `weight` with each value times, or divided by, its channel's: channels are the last axis.
LazyTensor by_channel(const LazyTensor& weight, const Tensor& channels, bool divide) {
  return {DType::f32, weight.shape, [=] {
            const Tensor from = weight.load().to(DType::f32);
            Tensor to = Tensor::allocate(DType::f32, from.shape());
            const auto values = to.mutable_data<float>();
            const auto factors = channels.data<float>();
            for (std::size_t i = 0; i < values.size(); ++i) {
              const float factor = factors[i % factors.size()];
              values[i] = divide ? from.data<float>()[i] / factor : from.data<float>()[i] * factor;
            }
            return to;
          }};
}

// `name` gives way to its scaled twin.
void scale(std::string& name, TensorMap& weights, const Tensor& channels, bool divide) {
  const LazyTensor scaled = by_channel(weights.at(name), channels, divide);
  name += "#smooth";
  weights.set(name, scaled);
}

void smooth(Graph& graph, TensorMap& weights, Value value, const Tensor& channels) {
  auto& norm = std::get<LayerNorm>(graph.nodes[static_cast<std::size_t>(value.id)].op);
  const std::vector<Value> readers = only_linear_readers(graph, value);
  if (readers.empty())
    throw_bad_input("quantisation: the output of {} is used by more than linear layers", norm.weight);
  if (channels.shape() != weights.at(norm.weight).shape) {
    throw_bad_input("quantisation: smoothing of {} has shape {}, not {}", norm.weight, to_string(channels.shape()),
                    to_string(weights.at(norm.weight).shape));
  }
  scale(norm.weight, weights, channels, true);
  scale(norm.bias, weights, channels, true);
  for (const Value reader : readers) {
    auto& linear = std::get<Linear>(graph.nodes[static_cast<std::size_t>(reader.id)].op);
    for (std::string& name : linear.weights) scale(name, weights, channels, false);
  }
}

void set_step(Op& op, float step) {
  if (auto* linear = std::get_if<Linear>(&op)) linear->input_step = step;
  if (auto* conv = std::get_if<ConvBnAct>(&op)) conv->input_step = step;
}

}  // namespace

std::string official_name(const std::string& name) {
  return name.substr(0, name.find('#'));
}

std::string int8_layer(const Graph& graph, const Node& node) {
  if (const auto* linear = std::get_if<Linear>(&node.op)) return official_name(linear->weights.front());
  const auto* conv = std::get_if<ConvBnAct>(&node.op);
  if (conv == nullptr) return {};
  const Op& from = graph.node(node.inputs[0]).op;
  const bool pixels = std::holds_alternative<NormalizePixels>(from) || std::holds_alternative<PixelInput>(from);
  return pixels ? std::string() : official_name(conv->weight);
}

std::vector<Value> only_linear_readers(const Graph& graph, Value layer_norm) {
  std::vector<Value> readers;
  for (std::size_t i = 0; i < graph.nodes.size(); ++i) {
    const Node& node = graph.nodes[i];
    for (std::size_t k = 0; k < node.inputs.size(); ++k) {
      if (node.inputs[k] != layer_norm) continue;
      if (k > 0 || !std::holds_alternative<Linear>(node.op)) return {};
      readers.push_back({static_cast<int>(i)});
    }
  }
  return graph.output == layer_norm ? std::vector<Value>{} : readers;
}

std::vector<Value> smoothable_norms(const Graph& graph) {
  std::vector<Value> norms;
  for (std::size_t i = 0; i < graph.nodes.size(); ++i) {
    const Value value{static_cast<int>(i)};
    if (std::holds_alternative<LayerNorm>(graph.nodes[i].op) && !only_linear_readers(graph, value).empty())
      norms.push_back(value);
  }
  return norms;
}

void quantize(Graph& graph, TensorMap& weights, const TowerQuantization& quantization) {
  std::set<std::string> found;
  for (Node& node : graph.nodes) {
    const std::string layer = int8_layer(graph, node);
    const auto step = quantization.steps.find(layer);
    if (layer.empty() || step == quantization.steps.end()) continue;
    set_step(node.op, step->second);
    found.insert(layer);
  }
  for (std::size_t i = 0; i < graph.nodes.size(); ++i) {
    const auto* norm = std::get_if<LayerNorm>(&graph.nodes[i].op);
    if (norm == nullptr) continue;
    const auto smoothing = quantization.smoothing.find(norm->weight);
    if (smoothing == quantization.smoothing.end()) continue;
    found.insert(norm->weight);
    smooth(graph, weights, {static_cast<int>(i)}, smoothing->second);
  }
  for (const auto& [name, step] : quantization.steps) {
    if (!found.contains(name)) throw_bad_input("quantisation: the {} has no layer {}", graph.name, name);
  }
  for (const auto& [name, channels] : quantization.smoothing) {
    if (!found.contains(name)) throw_bad_input("quantisation: the {} has no layer norm {}", graph.name, name);
  }
}

}  // namespace cnclip
