#include "export/onnx_lowering.h"

#include <fmt/ranges.h>

#include <algorithm>
#include <array>
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

// (3, 1, 1): a number for each colour
Tensor by_color(const std::array<double, 3>& values) {
  Tensor made = Tensor::allocate(DType::f32, {3, 1, 1});
  std::ranges::transform(values, made.mutable_data<float>().begin(), [](double v) { return static_cast<float>(v); });
  return made;
}

// In f16, matrices, convolutions and what stands between two of them are halves. Everything else stays in f32: layer
// norms, softmax, masks, and the sums that go on from block to block, which in large models outgrow 65504.
class Lowering {
 public:
  Lowering(const Graph& graph, const TensorMap& weights, const OnnxOptions& options)
      : graph_(graph), weights_(weights), options_(options), type_(options.dtype), shapes_(verify(graph, weights)) {}

  LoweredGraph run() {
    for (std::size_t i = 0; i < graph_.nodes.size(); ++i) {
      node_ = &graph_.nodes[i];
      onnx_.scope(fmt::format("{}_{}", kind_of(node_->op), i));
      values_.push_back(std::visit([this](const auto& op) { return (*this)(op); }, node_->op));
    }
    const Shape& shape = shapes_[static_cast<std::size_t>(graph_.output.id)];
    if (shape.size() != 2 || input_.name.empty()) throw_internal("export onnx: {} is no tower", graph_.name);
    const std::string tower = input_.dtype == DType::i64 ? "text" : "image";
    output_ = {fmt::format("{}{}_features", options_.unit_features ? "" : "unnorm_", tower), DType::f32, shape};
    onnx_.scope("output");
    const Name features = value(graph_.output, DType::f32);
    if (options_.unit_features) {
      const Name length = onnx_.node("ReduceL2", {features}, {OnnxBuilder::attribute("axes", std::vector{-1L})});
      onnx_.named_node(output_.name, "Div", {features, length});
    } else {
      onnx_.named_node(output_.name, "Identity", {features});
    }
    return {std::move(onnx_.graph), std::move(onnx_.initializers), input_, output_};
  }

 private:
  // A value in the types that somebody asked for: a cast is made once.
  struct Made {
    Name narrow;  // in type_
    Name wide;    // in f32
  };
  Made narrow(const Name& name) const { return {name, type_ == DType::f32 ? name : ""}; }
  Made wide(const Name& name) const { return {type_ == DType::f32 ? name : "", name}; }

  Made operator()(const PixelInput& op) {
    input_ = {"image", options_.byte_pixels ? DType::u8 : DType::f32, {kBatch, 3, op.size, op.size}};
    return {};  // raw pixels have no value here: NormalizePixels takes the model's input
  }
  Made operator()(const NormalizePixels& op) {
    if (!options_.byte_pixels) return wide(input_.name);
    std::array<double, 3> scale{}, shift{};
    for (std::size_t i = 0; i < 3; ++i) {
      scale[i] = 1 / (255.0 * op.std[i]);
      shift[i] = -static_cast<double>(op.mean[i]) / op.std[i];
    }
    const Name scaled =
        onnx_.node("Mul", {onnx_.cast(input_.name, DType::f32), onnx_.initializer("pixels/scale", by_color(scale))});
    return wide(onnx_.node("Add", {scaled, onnx_.initializer("pixels/shift", by_color(shift))}));
  }
  Made operator()(const TokenInput&) {
    input_ = {"text", DType::i64, {kBatch, kLength}};
    return {input_.name, ""};
  }

  Made operator()(const PatchEmbed& op) {
    OnnxBuilder::Names inputs{x(), weight(op.weight)};
    if (!op.bias.empty()) inputs.push_back(weight(op.bias));
    const Name grid = onnx_.node("Conv", inputs, squares(op.patch, op.patch, 0));
    const Name rows = onnx_.reshape(grid, {0, tensor(op.weight).shape[0], -1});
    return narrow(onnx_.transpose(rows, {0, 2, 1}));
  }
  Made operator()(const PrependToken& op) {
    const std::int64_t width = tensor(op.token).shape[0];
    const Name token = make(op.token, with_shape(tensor(op.token), {1, 1, width}));
    const Name shape = onnx_.node("Concat", {onnx_.size_of_axis(x(), 0), onnx_.ints({1, width})}, {axis(0)});
    return narrow(onnx_.node("Concat", {onnx_.node("Expand", {token, shape}), x()}, {axis(1)}));
  }
  Made operator()(const AddPositions& op) {
    return wide(onnx_.node("Add", {x(0, DType::f32), weight(op.table, DType::f32)}));
  }
  Made operator()(const DropPatches&) { return values_[static_cast<std::size_t>(node_->inputs[0].id)]; }
  Made operator()(const Dropout&) { return values_[static_cast<std::size_t>(node_->inputs[0].id)]; }

  Made operator()(const LayerNorm& op) {
    return wide(onnx_.node("LayerNormalization",
                           {x(0, DType::f32), weight(op.weight, DType::f32), weight(op.bias, DType::f32)},
                           {axis(-1), OnnxBuilder::attribute("epsilon", op.epsilon)}));
  }
  Made operator()(const Linear& op) {
    const Name y = activate(op.activation, product(input(op.input_step), op.weights, op.biases, op.input_step));
    if (node_->inputs.size() == 1) return narrow(y);
    return wide(onnx_.node("Add", {to_f32(y), x(1, DType::f32)}));
  }
  Made operator()(const Attention& op) {
    const bool packed = node_->inputs.size() == 1;
    const std::int64_t width = shape_of(packed ? 0 : 1).back() / (packed ? 3 : 2);
    const OnnxBuilder::Names parts = onnx_.node_of_many("Split", {packed ? x() : x(1)}, packed ? 3 : 2, {axis(2)});
    const Name seen = packed ? attend(by_heads(parts[0], op.heads, width), parts[1], parts[2], op, width)
                             : attend(one_query(x(), op.heads, width), parts[0], parts[1], op, width);
    if (!packed) return narrow(onnx_.reshape(seen, {0, width}));
    return narrow(onnx_.reshape(onnx_.transpose(seen, {0, 2, 1, 3}), {0, 0, width}));
  }
  Made operator()(const EmbeddingSum& op) {
    const Name positions =
        make(op.position + "+" + op.type, positions_of_first_type(tensor(op.position), tensor(op.type)), DType::f32);
    const Name rows = onnx_.node("Slice", {positions, onnx_.ints({0}), onnx_.size_of_axis(x(), 1), onnx_.ints({0})});
    return wide(onnx_.node("Add", {to_f32(onnx_.node("Gather", {weight(op.word), x()}, {axis(0)})), rows}));
  }
  Made operator()(const ConvBnAct& op) {
    if (!op.norm.empty()) throw_internal("export onnx: {}: its batch norm is not folded", op.weight);
    const bool by_place = !op.bias.empty() && tensor(op.bias).shape.size() == 3;
    const bool int8 = op.input_step != 0;
    OnnxBuilder::Names inputs{input(op.input_step),
                              int8 ? onnx_int8_kernel(onnx_, op.weight, tensor(op.weight)) : weight(op.weight)};
    if (!op.bias.empty() && !by_place) inputs.push_back(weight(op.bias));
    Name y = onnx_.node("Conv", inputs, squares(tensor(op.weight).shape[2], op.stride, op.padding));
    if (by_place) y = onnx_.node("Add", {y, weight(op.bias)});
    if (node_->inputs.size() > 1) y = onnx_.node("Add", {y, x(1)});
    return narrow(activate(op.activation, y));
  }
  Made operator()(const AvgPool& op) {
    return narrow(onnx_.node("AveragePool", {x()}, squares(op.kernel, op.kernel, 0)));
  }

  Made operator()(const AttentionPool& op) {
    const std::int64_t width = shape_of(0)[1];
    const Name places = onnx_.transpose(onnx_.reshape(x(), {0, width, -1}), {0, 2, 1});
    const Name mean = onnx_.node("ReduceMean", {places}, {OnnxBuilder::attribute("axes", std::vector{1L})});
    const Name tokens = onnx_.node("Add", {onnx_.node("Concat", {mean, places}, {axis(1)}), weight(op.positions)});
    const Name query = product(take(tokens, 0), {op.q_weight}, {op.q_bias});
    const Name keys_values = product(tokens, {op.k_weight, op.v_weight}, {op.k_bias, op.v_bias});
    const OnnxBuilder::Names parts = onnx_.node_of_many("Split", {keys_values}, 2, {axis(2)});
    const Name seen = attend(one_query(query, op.heads, width), parts[0], parts[1], Attention{op.heads}, width);
    return narrow(product(onnx_.reshape(seen, {0, width}), {op.out_weight}, {op.out_bias}));
  }
  Made operator()(const TakeToken& op) {
    const Made& from = values_[static_cast<std::size_t>(node_->inputs[0].id)];
    return from.wide.empty() ? narrow(take(from.narrow, op.index)) : wide(take(from.wide, op.index));
  }
  Made operator()(const Project& op) { return narrow(onnx_.node("MatMul", {x(), weight(op.weight)})); }

  // --- inputs and weights

  Name value(Value of, DType type) {
    Made& made = values_[static_cast<std::size_t>(of.id)];
    if (made.narrow.empty() && made.wide.empty()) {
      throw_internal("export onnx: {} reads raw pixels; export the graph before its pixel normalisation is folded",
                     graph_.name);
    }
    Name& name = type == type_ ? made.narrow : made.wide;
    if (name.empty()) name = onnx_.cast(type == type_ ? made.wide : made.narrow, type);
    return name;
  }
  Name x(std::size_t input, DType type) { return value(node_->inputs.at(input), type); }
  Name x(std::size_t input = 0) { return x(input, type_); }
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
        return onnx_.node("Mul", {onnx_.node("Mul", {y, scalar(0.5)}), onnx_.node("Add", {erf, scalar(1)})});
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
  const OnnxOptions& options_;
  const DType type_;  // of matrices and products
  const std::vector<Shape> shapes_;
  const Node* node_ = nullptr;  // the one being lowered
  OnnxBuilder onnx_;
  std::vector<Made> values_;  // by node
  OnnxValue input_, output_;
  Name padding_bias_;
};

}  // namespace

LoweredGraph lower_to_onnx(const Graph& graph, const TensorMap& weights, const OnnxOptions& options) {
  return Lowering(graph, weights, options).run();
}

}  // namespace cnclip
