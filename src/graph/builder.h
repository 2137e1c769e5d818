// Adds nodes to a graph; the model builders are written with it.
#pragma once

#include <optional>
#include <utility>

#include "graph/graph.h"

namespace cnclip {

class GraphBuilder {
 public:
  explicit GraphBuilder(std::string name) { graph_.name = std::move(name); }

  Value pixels(int size, const std::array<float, 3>& mean, const std::array<float, 3>& std) {
    return add(NormalizePixels{mean, std}, {add(PixelInput{size}, {})});
  }
  Value tokens() { return add(TokenInput{}, {}); }
  Value patch_embed(Value x, std::string weight, int patch) {
    return add(PatchEmbed{std::move(weight), "", patch}, {x});
  }
  Value prepend_token(Value x, std::string token) { return add(PrependToken{std::move(token)}, {x}); }
  Value add_positions(Value x, std::string table) { return add(AddPositions{std::move(table)}, {x}); }
  Value drop_patches(Value x) { return add(DropPatches{}, {x}); }
  Value dropout(Value x, float probability) { return add(Dropout{probability}, {x}); }
  // `name` + ".weight" and ".bias"
  Value layer_norm(Value x, const std::string& name, float epsilon) {
    return add(LayerNorm{name + ".weight", name + ".bias", epsilon}, {x});
  }
  Value linear(Value x, Linear linear, std::optional<Value> residual = {}) {
    return add(std::move(linear), with(x, residual));
  }
  // One matrix, `name` + ".weight" and ".bias".
  Value linear(Value x, const std::string& name, Activation activation = Activation::none,
               std::optional<Value> residual = {}, float dropout = 0) {
    return linear(x, Linear{{name + ".weight"}, {name + ".bias"}, activation, dropout}, residual);
  }
  Value attention(Value qkv, int heads, Mask mask, float dropout = 0) {
    return add(Attention{heads, mask, dropout}, {qkv});
  }
  Value embedding_sum(Value ids, EmbeddingSum tables) { return add(std::move(tables), {ids}); }
  Value conv_bn_act(Value x, ConvBnAct conv, std::optional<Value> residual = {}) {
    return add(std::move(conv), with(x, residual));
  }
  Value avg_pool(Value x, int kernel) { return add(AvgPool{kernel}, {x}); }
  Value attention_pool(Value x, AttentionPool pool) { return add(std::move(pool), {x}); }
  Value take_token(Value x, int index) { return add(TakeToken{index}, {x}); }
  Value project(Value x, std::string weight) { return add(Project{std::move(weight)}, {x}); }

  Graph finish(Value output) && {
    graph_.output = output;
    return std::move(graph_);
  }

  Value add(Op op, std::vector<Value> inputs) {
    graph_.nodes.push_back({std::move(op), std::move(inputs)});
    return {static_cast<int>(graph_.nodes.size()) - 1};
  }

 private:
  static std::vector<Value> with(Value x, std::optional<Value> residual) {
    return residual ? std::vector<Value>{x, *residual} : std::vector<Value>{x};
  }
  Graph graph_;
};

}  // namespace cnclip
