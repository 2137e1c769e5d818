// take_token moves up through whatever works token by token, until it meets the attention, whose query it narrows:
//   take(layer_norm(x)) = layer_norm(take(x))      take(linear(x, r)) = linear(take(x), take(r))
//   take(attention(linear_qkv(x))) = attention(linear_q(take(x)), linear_kv(x))
#include <map>

#include "base/error.h"
#include "base/lazy.h"
#include "graph/passes.h"
#include "graph/rewrite.h"
#include "graph/shapes.h"

namespace cnclip {
namespace {

class TokenMover {
 public:
  // `take` is the take_token node's place.
  TokenMover(Graph& graph, TensorMap& weights, std::size_t take)
      : graph_(graph), weights_(weights), index_(std::get<TakeToken>(graph.nodes[take].op).index) {
    mark_whole(take);
  }

  Value take(Value value) {
    const auto [known, added] = taken_.try_emplace(value.id);
    if (!added) return known->second;
    const Value moved = move(graph_.node(value), value);
    taken_[value.id] = moved;
    return moved;
  }

 private:
  static bool token_by_token(const Op& op) {
    return std::holds_alternative<LayerNorm>(op) || std::holds_alternative<Linear>(op) ||
           std::holds_alternative<Dropout>(op);
  }

  // Which values somebody needs for all tokens: to take one token of those costs nothing, to compute it apart does.
  void mark_whole(std::size_t take) {
    whole_.assign(graph_.nodes.size(), false);
    whole_[static_cast<std::size_t>(graph_.output.id)] = true;
    for (std::size_t i = graph_.nodes.size(); i-- > 0;) {
      const Node& node = graph_.nodes[i];
      if (i == take || (!whole_[i] && token_by_token(node.op))) continue;
      for (const Value input : node.inputs) {
        const bool narrowed = !whole_[i] && std::holds_alternative<Attention>(node.op);
        // Of a narrowed attention, the packed linear is split, and what that reads stays whole for keys and values.
        const Value used = narrowed && !graph_.node(input).inputs.empty() ? graph_.node(input).inputs[0] : input;
        whole_[static_cast<std::size_t>(used.id)] = true;
      }
    }
  }

  Value move(const Node node, Value value) {
    if (whole_[static_cast<std::size_t>(value.id)]) return add({TakeToken{index_}, {value}});
    if (token_by_token(node.op)) {
      Node moved = node;
      for (Value& input : moved.inputs) input = take(input);
      return add(std::move(moved));
    }
    if (const auto* attention = std::get_if<Attention>(&node.op); attention != nullptr && node.inputs.size() == 1) {
      const Node qkv = graph_.node(node.inputs[0]);
      const auto* linear = std::get_if<Linear>(&qkv.op);
      if (linear != nullptr && qkv.inputs.size() == 1 && linear->activation == Activation::none) {
        const auto [q, kv] = split(*linear);
        const Value query = add({q, {take(qkv.inputs[0])}});
        const Value keys = add({kv, {qkv.inputs[0]}});
        return add({*attention, {query, keys}});
      }
    }
    return add({TakeToken{index_}, {value}});
  }

  // The first third of the rows asks, the rest answers.
  std::pair<Linear, Linear> split(const Linear& linear) {
    if (linear.weights.size() == 3) {
      const auto part = [](const std::vector<std::string>& names, std::size_t begin, std::size_t end) {
        return names.empty() ? names : std::vector<std::string>(&names[begin], &names[begin] + (end - begin));
      };
      Linear q = linear, kv = linear;
      q.weights = part(linear.weights, 0, 1), q.biases = part(linear.biases, 0, 1);
      kv.weights = part(linear.weights, 1, 3), kv.biases = part(linear.biases, 1, 3);
      return {q, kv};
    }
    if (linear.weights.size() != 1) throw_internal("narrow_last_block: {} stacked matrices", linear.weights.size());
    Linear q, kv;
    q.input_step = kv.input_step = linear.input_step;
    const auto cut = [&](const std::string& name, std::vector<std::string>& first, std::vector<std::string>& rest) {
      const LazyTensor whole = weights_.at(name);
      const std::int64_t all = whole.shape[0];
      weights_.set(name + "#q", slice_rows(whole, 0, all / 3));
      weights_.set(name + "#kv", slice_rows(whole, all / 3, all));
      first.push_back(name + "#q");
      rest.push_back(name + "#kv");
    };
    cut(linear.weights[0], q.weights, kv.weights);
    if (!linear.biases.empty()) cut(linear.biases[0], q.biases, kv.biases);
    return {q, kv};
  }

  Value add(Node node) {
    graph_.nodes.push_back(std::move(node));
    return {static_cast<int>(graph_.nodes.size()) - 1};
  }

  Graph& graph_;
  TensorMap& weights_;
  int index_;
  std::vector<bool> whole_;  // of the nodes before the rewrite
  std::map<int, Value> taken_;
};

}  // namespace

void narrow_last_block(Graph& graph, TensorMap& weights) {
  for (std::size_t i = graph.nodes.size(); i-- > 0;) {
    if (std::holds_alternative<TakeToken>(graph.nodes[i].op)) {
      const Value moved = TokenMover(graph, weights, i).take(graph.nodes[i].inputs[0]);
      replace_uses(graph, {static_cast<int>(i)}, moved);
      break;
    }
  }
  tidy(graph);
}

void optimize(Graph& graph, TensorMap& weights) {
  fold_batch_norm(graph, weights);
  fold_pixel_normalization(graph, weights);
  narrow_last_block(graph, weights);
}

}  // namespace cnclip
