#include "graph/shapes.h"

#include "base/error.h"

namespace cnclip {
namespace {

std::string symbolic(const Shape& shape) {
  std::vector<std::string> dims;
  for (const std::int64_t dim : shape) {
    dims.push_back(dim == kBatch ? "N" : dim == kLength ? "T" : fmt::to_string(dim));
  }
  return fmt::format("({})", fmt::join(dims, ", "));
}

// Infers one node's shape and checks its weights.
class ShapeRule {
 public:
  ShapeRule(const TensorMap& weights, std::vector<Shape> inputs) : weights_(weights), in_(std::move(inputs)) {}

  Shape operator()(const PixelInput& op) const { return {kBatch, 3, op.size, op.size}; }
  Shape operator()(const TokenInput&) const { return {kBatch, kLength}; }
  Shape operator()(const NormalizePixels&) const { return x(4); }
  Shape operator()(const DropPatches&) const { return x(3); }
  Shape operator()(const Dropout&) const { return in_.at(0); }

  Shape operator()(const PatchEmbed& op) const {
    const Shape in = x(4);
    const std::int64_t grid = in[2] / op.patch;
    const Shape weight = need(op.weight, {kAny, in[1], op.patch, op.patch});
    if (!op.bias.empty()) need(op.bias, {weight[0]});
    return {in[0], grid * grid, weight[0]};
  }
  Shape operator()(const PrependToken& op) const {
    const Shape in = x(3);
    need(op.token, {in[2]});
    return {in[0], in[1] + 1, in[2]};
  }
  Shape operator()(const AddPositions& op) const {
    const Shape in = x(3);
    need(op.table, {in[1], in[2]});
    return in;
  }
  Shape operator()(const LayerNorm& op) const {
    const Shape in = in_.at(0);
    need(op.weight, {in.back()});
    need(op.bias, {in.back()});
    return in;
  }
  Shape operator()(const Linear& op) const {
    Shape out = in_.at(0);
    const std::int64_t width = out.back();
    out.back() = 0;
    if (!op.biases.empty() && op.biases.size() != op.weights.size()) broken("as many biases as weights, or none");
    for (std::size_t i = 0; i < op.weights.size(); ++i) {
      const Shape weight = need(op.weights[i], {kAny, width});
      if (!op.biases.empty()) need(op.biases[i], {weight[0]});
      out.back() += weight[0];
    }
    return with_residual(out);
  }
  Shape operator()(const Attention& op) const {
    const bool packed = in_.size() == 1;
    const Shape keys = x(3, packed ? 0 : 1);
    const std::int64_t parts = packed ? 3 : 2;
    const std::int64_t width = keys[2] / parts;
    if (op.heads <= 0 || keys[2] % parts != 0 || width % op.heads != 0) broken("heads do not divide the width");
    if (packed) return {keys[0], keys[1], width};
    if (in_[0] != Shape{keys[0], width}) broken("the query is not one token of the keys' width");
    return in_[0];
  }
  Shape operator()(const EmbeddingSum& op) const {
    const Shape in = x(2);
    const Shape word = need(op.word, {kAny, kAny});
    need(op.position, {kAny, word[1]});
    need(op.type, {kAny, word[1]});
    return {in[0], in[1], word[1]};
  }
  Shape operator()(const ConvBnAct& op) const {
    const Shape in = x(4);
    const Shape weight = need(op.weight, {kAny, in[1], kAny, kAny});
    const std::int64_t side = (in[2] + 2 * op.padding - weight[2]) / op.stride + 1;
    for (const auto& norm : op.norm) {
      for (const auto& name : {norm.weight, norm.bias, norm.mean, norm.variance}) need(name, {weight[0]});
    }
    if (!op.bias.empty()) {
      if (weights_.at(op.bias).shape.size() == 1)
        need(op.bias, {weight[0]});
      else
        need(op.bias, {weight[0], side, side});
    }
    return with_residual({in[0], weight[0], side, side});
  }
  Shape operator()(const AvgPool& op) const {
    const Shape in = x(4);
    return {in[0], in[1], in[2] / op.kernel, in[3] / op.kernel};
  }
  Shape operator()(const AttentionPool& op) const {
    const Shape in = x(4);
    const std::int64_t width = in[1];
    need(op.positions, {in[2] * in[3] + 1, width});
    for (const auto& name : {op.q_weight, op.k_weight, op.v_weight}) need(name, {width, width});
    for (const auto& name : {op.q_bias, op.k_bias, op.v_bias}) need(name, {width});
    if (op.heads <= 0 || width % op.heads != 0) broken("heads do not divide the width");
    const Shape out = need(op.out_weight, {kAny, width});
    need(op.out_bias, {out[0]});
    return {in[0], out[0]};
  }
  Shape operator()(const TakeToken& op) const {
    const Shape in = x(3);
    if (op.index < 0 || (in[1] != kLength && op.index >= in[1])) broken("no such token");
    return {in[0], in[2]};
  }
  Shape operator()(const Project& op) const {
    Shape out = in_.at(0);
    out.back() = need(op.weight, {out.back(), kAny})[1];
    return out;
  }

 private:
  static constexpr std::int64_t kAny = -3;

  [[noreturn]] static void broken(std::string_view why) { throw_internal("graph: {}", why); }

  Shape x(std::size_t rank, std::size_t input = 0) const {
    if (input >= in_.size() || in_[input].size() != rank)
      broken(fmt::format("input {} is not of rank {}", input, rank));
    return in_[input];
  }
  Shape with_residual(Shape out) const {
    if (in_.size() > 1 && in_[1] != out) broken("the residual is not of the output's shape");
    return out;
  }
  Shape need(const std::string& name, const Shape& wanted) const {
    const LazyTensor* tensor = weights_.find(name);
    if (tensor == nullptr) throw_bad_input("weights: tensor {} is missing", name);
    bool fits = tensor->shape.size() == wanted.size();
    for (std::size_t i = 0; fits && i < wanted.size(); ++i) fits = wanted[i] == kAny || wanted[i] == tensor->shape[i];
    if (!fits) {
      std::vector<std::string> dims;
      for (const std::int64_t dim : wanted) dims.push_back(dim == kAny ? "?" : fmt::to_string(dim));
      throw_bad_input("weights: tensor {} has shape {}, ({}) is needed", name, to_string(tensor->shape),
                      fmt::join(dims, ", "));
    }
    return tensor->shape;
  }

  const TensorMap& weights_;
  std::vector<Shape> in_;
};

std::string_view name_of(Activation activation) {
  switch (activation) {
    case Activation::none: return "";
    case Activation::relu: return " relu";
    case Activation::gelu: return " gelu";
    case Activation::quick_gelu: return " quick_gelu";
  }
  return "";
}

std::string int8(float step) {
  return step == 0 ? "" : fmt::format(" int8={}", step);
}

std::string dropout(float probability) {
  return probability == 0 ? "" : fmt::format(" dropout={}", probability);
}

// What a node depends on besides its weights.
std::string attributes(const Op& op) {
  return std::visit(Overloaded{
                        [](const NormalizePixels& o) {
                          return fmt::format(" mean=[{}] std=[{}]", fmt::join(o.mean, ", "), fmt::join(o.std, ", "));
                        },
                        [](const PatchEmbed& o) { return fmt::format(" patch={}", o.patch); },
                        [](const Dropout& o) { return dropout(o.probability); },
                        [](const LayerNorm& o) { return fmt::format(" epsilon={}", o.epsilon); },
                        [](const Linear& o) {
                          return fmt::format("{}{}{}", name_of(o.activation), dropout(o.dropout), int8(o.input_step));
                        },
                        [](const Attention& o) {
                          return fmt::format(" heads={}{}{}", o.heads, o.mask == Mask::lengths ? " mask=lengths" : "",
                                             dropout(o.dropout));
                        },
                        [](const ConvBnAct& o) {
                          return fmt::format("{} stride={} padding={}{}{}", name_of(o.activation), o.stride, o.padding,
                                             o.norm.empty() ? "" : fmt::format(" norm_epsilon={}", o.norm[0].epsilon),
                                             int8(o.input_step));
                        },
                        [](const AvgPool& o) { return fmt::format(" kernel={}", o.kernel); },
                        [](const AttentionPool& o) { return fmt::format(" heads={}", o.heads); },
                        [](const TakeToken& o) { return fmt::format(" index={}", o.index); },
                        [](const auto&) { return std::string(); },
                    },
                    op);
}

}  // namespace

std::vector<Shape> verify(const Graph& graph, const TensorMap& weights) {
  std::vector<Shape> shapes;
  for (const Node& node : graph.nodes) {
    std::vector<Shape> inputs;
    for (const Value input : node.inputs) {
      if (input.id < 0 || static_cast<std::size_t>(input.id) >= shapes.size()) {
        throw_internal("graph {}: node %{} uses %{}, which is not made before it", graph.name, shapes.size(), input.id);
      }
      inputs.push_back(shapes[static_cast<std::size_t>(input.id)]);
    }
    try {
      shapes.push_back(std::visit(ShapeRule(weights, std::move(inputs)), node.op));
    } catch (const Error& error) {
      throw Error(error.category(),
                  fmt::format("graph {}: %{} {}: {}", graph.name, shapes.size(), kind_of(node.op), error.what()));
    }
  }
  if (graph.output.id < 0 || static_cast<std::size_t>(graph.output.id) >= shapes.size()) {
    throw_internal("graph {}: no output", graph.name);
  }
  return shapes;
}

std::string print(const Graph& graph, const std::vector<Shape>& shapes) {
  std::string text = fmt::format("graph {}\n", graph.name);
  for (std::size_t i = 0; i < graph.nodes.size(); ++i) {
    const Node& node = graph.nodes[i];
    std::vector<std::string> inputs;
    for (const Value input : node.inputs) inputs.push_back(fmt::format("%{}", input.id));
    const auto names = weights_of(node.op);
    text += fmt::format("%{} = {}({}){}{}{} : {}\n", i, kind_of(node.op), fmt::join(inputs, ", "),
                        names.empty() ? "" : " ", fmt::join(names, " "), attributes(node.op), symbolic(shapes[i]));
  }
  return text + fmt::format("return %{}\n", graph.output.id);
}

std::vector<std::string> weights_of(const Op& op) {
  using Names = std::vector<std::string>;
  Names names = std::visit(Overloaded{
                               [](const PatchEmbed& o) {
                                 return Names{o.weight, o.bias};
                               },
                               [](const PrependToken& o) { return Names{o.token}; },
                               [](const AddPositions& o) { return Names{o.table}; },
                               [](const LayerNorm& o) {
                                 return Names{o.weight, o.bias};
                               },
                               [](const Linear& o) {
                                 Names all = o.weights;
                                 all.insert(all.end(), o.biases.begin(), o.biases.end());
                                 return all;
                               },
                               [](const EmbeddingSum& o) {
                                 return Names{o.word, o.position, o.type};
                               },
                               [](const ConvBnAct& o) {
                                 Names all{o.weight, o.bias};
                                 for (const auto& n : o.norm)
                                   all.insert(all.end(), {n.weight, n.bias, n.mean, n.variance});
                                 return all;
                               },
                               [](const AttentionPool& o) {
                                 return Names{o.positions, o.q_weight, o.q_bias,     o.k_weight, o.k_bias,
                                              o.v_weight,  o.v_bias,   o.out_weight, o.out_bias};
                               },
                               [](const Project& o) { return Names{o.weight}; },
                               [](const auto&) { return Names{}; },
                           },
                           op);
  std::erase(names, "");
  return names;
}

std::string_view kind_of(const Op& op) {
  static constexpr std::array<std::string_view, std::variant_size_v<Op>> kNames = {
      "pixel_input",  "normalize_pixels", "token_input",    "patch_embed", "prepend_token", "add_positions",
      "drop_patches", "dropout",          "layer_norm",     "linear",      "attention",     "embedding_sum",
      "conv_bn_act",  "avg_pool",         "attention_pool", "take_token",  "project"};
  return kNames[op.index()];
}

}  // namespace cnclip
