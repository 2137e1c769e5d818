#include "export/onnx_lowering.h"

#include <fmt/ranges.h>

#include <cmath>

#include "base/error.h"
#include "base/lazy.h"
#include "export/onnx_int8.h"
#include "graph/shapes.h"

namespace cnclip {
namespace {

using Name = OnnxBuilder::Name;

LazyTensor with_shape(const LazyTensor& tensor, const Shape& shape) {
  return {tensor.dtype, shape, [=] { return tensor.load().reshaped(shape); }};
}

// position + type[0]: (positions, hidden)
LazyTensor positions_of_first_type(const LazyTensor& position, const LazyTensor& type) {
  return {DType::f32, position.shape, [=] {
            const Tensor table = position.load().to(DType::f32), types = type.load().to(DType::f32);
            Tensor sum = Tensor::allocate(DType::f32, position.shape);
            const auto values = sum.mutable_data<float>();
            const auto width = static_cast<std::size_t>(position.shape[1]);
            for (std::size_t i = 0; i < values.size(); ++i) {
              values[i] = table.data<float>()[i] + types.data<float>()[i % width];
            }
            return sum;
          }};
}

class Lowering {
 public:
  Lowering(const Graph& graph, const TensorMap& weights, DType type)
      : graph_(graph), weights_(weights), type_(type), shapes_(verify(graph, weights)) {}

  LoweredGraph run() {
    for (std::size_t i = 0; i < graph_.nodes.size(); ++i) {
      node_ = &graph_.nodes[i];
      onnx_.scope(fmt::format("{}_{}", kind_of(node_->op), i));
      values_.push_back(std::visit([this](const auto& op) { return (*this)(op); }, node_->op));
    }
    const Shape& shape = shapes_[static_cast<std::size_t>(graph_.output.id)];
    if (shape.size() != 2 || input_.name.empty()) throw_internal("export onnx: {} is no tower", graph_.name);
    output_ = {input_.dtype == DType::i64 ? "unnorm_text_features" : "unnorm_image_features", DType::f32, shape};
    onnx::NodeProto* last = onnx_.graph.add_node();
    last->set_name("output");
    last->set_op_type(type_ == DType::f32 ? "Identity" : "Cast");
    if (type_ != DType::f32)
      *last->add_attribute() = OnnxBuilder::attribute("to", std::int64_t{onnx::TensorProto::FLOAT});
    last->add_input(values_[static_cast<std::size_t>(graph_.output.id)]);
    last->add_output(output_.name);
    return {std::move(onnx_.graph), std::move(onnx_.initializers), input_, output_};
  }

 private:
  Name operator()(const PixelInput& op) {
    input_ = {"image", DType::f32, {kBatch, 3, op.size, op.size}};
    return "";  // raw pixels have no value here: NormalizePixels is the model's input
  }
  Name operator()(const NormalizePixels&) { return type_ == DType::f32 ? input_.name : onnx_.cast(input_.name, type_); }
  Name operator()(const TokenInput&) {
    input_ = {"text", DType::i64, {kBatch, kLength}};
    return input_.name;
  }

  Name operator()(const PatchEmbed& op) {
    OnnxBuilder::Names inputs{x(), weight(op.weight)};
    if (!op.bias.empty()) inputs.push_back(weight(op.bias));
    const Name grid = onnx_.node("Conv", inputs, squares(op.patch, op.patch, 0));
    const Name rows = onnx_.reshape(grid, {0, tensor(op.weight).shape[0], -1});
    return onnx_.transpose(rows, {0, 2, 1});
  }
  Name operator()(const PrependToken& op) {
    const std::int64_t width = tensor(op.token).shape[0];
    const Name token = make(op.token, with_shape(tensor(op.token), {1, 1, width}));
    const Name shape = onnx_.node("Concat", {onnx_.size_of_axis(x(), 0), onnx_.ints({1, width})}, {axis(0)});
    return onnx_.node("Concat", {onnx_.node("Expand", {token, shape}), x()}, {axis(1)});
  }
  Name operator()(const AddPositions& op) { return onnx_.node("Add", {x(), weight(op.table)}); }
  Name operator()(const DropPatches&) { return x(); }
  Name operator()(const Dropout&) { return x(); }

  Name operator()(const LayerNorm& op) {
    const Name normed =
        onnx_.node("LayerNormalization", {to_f32(x()), weight(op.weight, DType::f32), weight(op.bias, DType::f32)},
                   {axis(-1), OnnxBuilder::attribute("epsilon", op.epsilon)});
    return from_f32(normed);
  }
  Name operator()(const Linear& op) {
    return with_residual(activate(op.activation, product(input(op.input_step), op.weights, op.biases, op.input_step)));
  }
  Name operator()(const Attention& op) {
    const bool packed = node_->inputs.size() == 1;
    const std::int64_t width = shape_of(packed ? 0 : 1).back() / (packed ? 3 : 2);
    const OnnxBuilder::Names parts = onnx_.node_of_many("Split", {packed ? x() : x(1)}, packed ? 3 : 2, {axis(2)});
    const Name seen = packed ? attend(by_heads(parts[0], op.heads, width), parts[1], parts[2], op, width)
                             : attend(one_query(x(), op.heads, width), parts[0], parts[1], op, width);
    if (!packed) return onnx_.reshape(seen, {0, width});
    return onnx_.reshape(onnx_.transpose(seen, {0, 2, 1, 3}), {0, 0, width});
  }
  Name operator()(const EmbeddingSum& op) {
    const Name positions =
        make(op.position + "+" + op.type, positions_of_first_type(tensor(op.position), tensor(op.type)));
    const Name rows = onnx_.node("Slice", {positions, onnx_.ints({0}), onnx_.size_of_axis(x(), 1), onnx_.ints({0})});
    return onnx_.node("Add", {onnx_.node("Gather", {weight(op.word), x()}, {axis(0)}), rows});
  }
  Name operator()(const ConvBnAct& op) {
    if (!op.norm.empty()) throw_internal("export onnx: {}: its batch norm is not folded", op.weight);
    const bool by_place = !op.bias.empty() && tensor(op.bias).shape.size() == 3;
    const bool int8 = op.input_step != 0;
    OnnxBuilder::Names inputs{input(op.input_step),
                              int8 ? onnx_int8_kernel(onnx_, op.weight, tensor(op.weight)) : weight(op.weight)};
    if (!op.bias.empty() && !by_place) inputs.push_back(weight(op.bias));
    Name y = onnx_.node("Conv", inputs, squares(tensor(op.weight).shape[2], op.stride, op.padding));
    if (by_place) y = onnx_.node("Add", {y, weight(op.bias)});
    return activate(op.activation, with_residual(y));
  }
  Name operator()(const AvgPool& op) { return onnx_.node("AveragePool", {x()}, squares(op.kernel, op.kernel, 0)); }

  Name operator()(const AttentionPool& op) {
    const std::int64_t width = shape_of(0)[1];
    const Name places = onnx_.transpose(onnx_.reshape(x(), {0, width, -1}), {0, 2, 1});
    const Name mean =
        onnx_.node("ReduceMean", {places}, {OnnxBuilder::attribute("axes", std::vector<std::int64_t>{1})});
    const Name tokens = onnx_.node("Add", {onnx_.node("Concat", {mean, places}, {axis(1)}), weight(op.positions)});
    const Name query = product(take(tokens, 0), {op.q_weight}, {op.q_bias});
    const Name keys_values = product(tokens, {op.k_weight, op.v_weight}, {op.k_bias, op.v_bias});
    const OnnxBuilder::Names parts = onnx_.node_of_many("Split", {keys_values}, 2, {axis(2)});
    const Name seen = attend(one_query(query, op.heads, width), parts[0], parts[1], Attention{op.heads}, width);
    return product(onnx_.reshape(seen, {0, width}), {op.out_weight}, {op.out_bias});
  }
  Name operator()(const TakeToken& op) { return take(x(), op.index); }
  Name operator()(const Project& op) { return onnx_.node("MatMul", {x(), weight(op.weight)}); }

  // --- inputs and weights

  Name x(std::size_t input = 0) const {
    const Name& name = values_[static_cast<std::size_t>(node_->inputs.at(input).id)];
    if (name.empty()) {
      throw_internal(
          "export onnx: {} reads raw pixels in {}; export the graph before its pixel normalisation is folded",
          graph_.name, kind_of(node_->op));
    }
    return name;
  }
  const Shape& shape_of(std::size_t input) const {
    return shapes_[static_cast<std::size_t>(node_->inputs.at(input).id)];
  }
  const LazyTensor& tensor(const std::string& name) const { return weights_.at(name); }
  Name make(const std::string& name, const LazyTensor& value, DType type) {
    const LazyTensor made = cast(value, type);
    // A weight past 65504 is no half: better no file than a model full of infinities.
    return onnx_.initializer(name, type == DType::f16 ? checked_finite(made, name + " as f16") : made);
  }
  Name make(const std::string& name, const LazyTensor& value) { return make(name, value, type_); }
  Name weight(const std::string& name, DType type) { return make(name, tensor(name), type); }
  Name weight(const std::string& name) { return weight(name, type_); }
  Name scalar(double value) { return onnx_.scalar(static_cast<float>(value), type_); }

  // --- parts of several kinds

  static onnx::AttributeProto axis(std::int64_t value) { return OnnxBuilder::attribute("axis", value); }
  static OnnxBuilder::Attributes squares(std::int64_t kernel, std::int64_t stride, std::int64_t padding) {
    return {OnnxBuilder::attribute("kernel_shape", std::vector{kernel, kernel}),
            OnnxBuilder::attribute("strides", std::vector{stride, stride}),
            OnnxBuilder::attribute("pads", std::vector{padding, padding, padding, padding})};
  }
  Name to_f32(const Name& value) { return type_ == DType::f32 ? value : onnx_.cast(value, DType::f32); }
  Name from_f32(const Name& value) { return type_ == DType::f32 ? value : onnx_.cast(value, type_); }

  Name take(const Name& tokens, int index) {
    Tensor which = Tensor::allocate(DType::i64, {});
    which.mutable_data<std::int64_t>()[0] = index;
    return onnx_.node("Gather", {tokens, onnx_.initializer(fmt::format("int/{}", index), which)}, {axis(1)});
  }
  Name with_residual(const Name& y) { return node_->inputs.size() > 1 ? onnx_.node("Add", {y, x(1)}) : y; }

  // What a layer multiplies.
  Name input(float step) { return step == 0 ? x() : onnx_rounded(onnx_, x(), step); }

  // value W^T + b, the matrices stacked to one
  Name product(const Name& value, const std::vector<std::string>& weights, const std::vector<std::string>& biases,
               float step = 0) {
    const auto stacked = [&](const std::vector<std::string>& names) {
      std::vector<LazyTensor> parts;
      for (const std::string& name : names) parts.push_back(cast(tensor(name), DType::f32));
      return parts.size() == 1 ? parts[0] : stack_rows(parts);
    };
    const std::string name = fmt::format("{}", fmt::join(weights, "+"));
    const Name matrix = step == 0 ? make(name + "/transposed", transposed(stacked(weights)))
                                  : onnx_int8_matrix(onnx_, name, stacked(weights));
    const Name y = onnx_.node("MatMul", {value, matrix});
    if (biases.empty()) return y;
    return onnx_.node("Add", {y, make(fmt::format("{}", fmt::join(biases, "+")), stacked(biases))});
  }

  Name activate(Activation activation, const Name& y) {
    switch (activation) {
      case Activation::none: return y;
      case Activation::relu: return onnx_.node("Relu", {y});
      case Activation::gelu: {
        const Name erf = onnx_.node("Erf", {onnx_.node("Mul", {y, scalar(1 / std::sqrt(2.0))})});
        const Name twice = onnx_.node("Mul", {y, onnx_.node("Add", {erf, scalar(1)})});
        return onnx_.node("Mul", {twice, scalar(0.5)});
      }
      case Activation::quick_gelu:
        return onnx_.node("Mul", {y, onnx_.node("Sigmoid", {onnx_.node("Mul", {y, scalar(1.702)})})});
    }
    throw_internal("export onnx: unknown activation");
  }

  // (N, L, width) -> (N, heads, L, size)
  Name by_heads(const Name& value, int heads, std::int64_t width) {
    return onnx_.transpose(onnx_.reshape(value, {0, 0, heads, width / heads}), {0, 2, 1, 3});
  }
  // (N, width) -> (N, heads, 1, size)
  Name one_query(const Name& value, int heads, std::int64_t width) {
    return onnx_.reshape(value, {0, heads, 1, width / heads});
  }
  // query (N, heads, Q, size), keys and values (N, L, width) -> (N, heads, Q, size)
  Name attend(const Name& query, const Name& keys, const Name& values, const Attention& op, std::int64_t width) {
    const std::int64_t size = width / op.heads;
    // The query is scaled, not the scores: in f16 the scores of long vectors may pass 65504 before they are scaled.
    const Name asked = onnx_.node("Mul", {query, scalar(1 / std::sqrt(static_cast<double>(size)))});
    const Name by_columns = onnx_.transpose(onnx_.reshape(keys, {0, 0, op.heads, size}), {0, 2, 3, 1});
    Name scores = to_f32(onnx_.node("MatMul", {asked, by_columns}));
    if (op.mask == Mask::lengths) scores = onnx_.node("Add", {scores, padding_bias()});
    const Name shares = from_f32(onnx_.node("Softmax", {scores}, {axis(-1)}));
    return onnx_.node("MatMul", {shares, by_heads(values, op.heads, width)});
  }
  // (N, 1, 1, T) f32: 0 for a token, -10000 for padding, as the official text tower has it: exp leaves nothing of it.
  Name padding_bias() {
    if (padding_bias_.empty()) {
      const Name padding = onnx_.cast(onnx_.node("Equal", {input_.name, onnx_.ints({0})}), DType::f32);
      const Name bias = onnx_.node("Mul", {padding, onnx_.scalar(-10000.0f, DType::f32)});
      padding_bias_ = onnx_.node("Unsqueeze", {bias, onnx_.ints({1, 2})});
    }
    return padding_bias_;
  }

  const Graph& graph_;
  const TensorMap& weights_;
  const DType type_;
  const std::vector<Shape> shapes_;
  const Node* node_ = nullptr;  // the one being lowered
  OnnxBuilder onnx_;
  std::vector<Name> values_;  // by node
  OnnxValue input_, output_;
  Name padding_bias_;
};

}  // namespace

LoweredGraph lower_to_onnx(const Graph& graph, const TensorMap& weights, DType type) {
  return Lowering(graph, weights, type).run();
}

}  // namespace cnclip
