#include "engine/openvino/lower.h"

#include <cmath>
#include <map>
#include <openvino/opsets/opset13.hpp>

#include "base/error.h"
#include "base/lazy.h"
#include "engine/openvino/constants.h"
#include "graph/int8.h"

namespace cnclip {
namespace {

namespace op = ov::opset13;
using Output = ov::Output<ov::Node>;

template <class T, class... Args>
Output make(Args&&... args) {
  return std::make_shared<T>(std::forward<Args>(args)...);
}

// What products of queries and keys of so many columns are multiplied by.
float scale_of_head(std::int64_t columns) {
  return 1 / std::sqrt(static_cast<float>(columns));
}

// One function a node kind; `in` are the node's inputs, lowered.
class Lowering {
 public:
  Lowering(const Graph& graph, const TensorMap& weights, const std::vector<Shape>& shapes, Precision precision)
      : graph_(graph), shapes_(shapes), constants_(weights, precision), values_(graph.nodes.size()) {}

  std::shared_ptr<ov::Model> run(const std::vector<Value>& observed) {
    ov::ResultVector results{std::make_shared<op::Result>(value(graph_.output))};
    for (const Value v : observed) results.push_back(std::make_shared<op::Result>(value(v)));
    return std::make_shared<ov::Model>(results, parameters_, graph_.name);
  }

 private:
  using In = const std::vector<Value>&;

  // A value in int8: rounded once, whoever reads it. LPT, the plug-in's passes for low precision, turn products of such
  // values and of int8 weights into real int8 ones, and fuse the rounding into what made the value.
  Output rounded(Value v, float step) {
    Output& known = rounded_[{v.id, step}];
    if (known.get_node() == nullptr) {
      const Output x = value(v);  // may itself fill the place: see Attention
      if (known.get_node() == nullptr) known = to_int8(x, step);
    }
    return known;
  }
  // What a layer multiplies.
  Output input(Value v, float step) { return step == 0 ? value(v) : rounded(v, step); }

  static Output to_int8(const Output& x, float step) {
    const Output low = scalar(-128 * step), high = scalar(127 * step);
    return make<op::FakeQuantize>(x, low, high, low, high, 256);
  }

  // Lowered when first asked for.
  Output value(Value v) {
    Output& known = values_[static_cast<std::size_t>(v.id)];
    if (known.get_node() == nullptr) {
      const Node& node = graph_.node(v);
      known = std::visit(
          [&](const auto& o) {
            if constexpr (std::is_same_v<decltype(o), const Attention&>)
              return lower(o, node.inputs, v);
            else
              return lower(o, node.inputs);
          },
          node.op);
    }
    return known;
  }

  Output lower(const PixelInput& o, In) {
    const Output pixels = parameter("pixels", ov::element::u8, {-1, 3, o.size, o.size});
    return make<op::Convert>(pixels, ov::element::f32);
  }

  Output lower(const NormalizePixels& o, In in) {
    Tensor scale = Tensor::allocate(DType::f32, {3, 1, 1}), shift = Tensor::allocate(DType::f32, {3, 1, 1});
    for (std::size_t i = 0; i < 3; ++i) {
      scale.mutable_data<float>()[i] = 1 / (255 * o.std[i]);
      shift.mutable_data<float>()[i] = -o.mean[i] / o.std[i];
    }
    return make<op::Add>(make<op::Multiply>(value(in[0]), constant_of(scale)), constant_of(shift));
  }

  Output lower(const TokenInput&, In) {
    mask_ = parameter("mask", ov::element::f32, {-1, 1, 1, -1});
    return parameter("ids", ov::element::i32, {-1, -1});
  }

  Output lower(const PatchEmbed& o, In in) {
    const auto step = static_cast<std::size_t>(o.patch);
    const Output maps = convolution(value(in[0]), constants_.matrix(constants_.at(o.weight)), step, 0);
    const Shape& weight = constants_.at(o.weight).shape;
    const std::int64_t grid = shape_of(in[0])[2] / o.patch;
    const Output rows = make<op::Reshape>(maps, integers({0, weight[0], grid * grid}), true);
    const Output patches = make<op::Transpose>(rows, integers({0, 2, 1}));
    return o.bias.empty() ? patches : make<op::Add>(patches, constants_.exact(constants_.at(o.bias)));
  }

  Output lower(const PrependToken& o, In in) {
    const Output count = make<op::Gather>(make<op::ShapeOf>(value(in[0])), integers({0}), integers({0}));
    const std::int64_t width = constants_.at(o.token).shape[0];
    const Output shape = make<op::Concat>(ov::OutputVector{count, integers({1, width})}, 0);
    const Output token = make<op::Broadcast>(constants_.exact(constants_.at(o.token)), shape);
    return make<op::Concat>(ov::OutputVector{token, value(in[0])}, 1);
  }

  Output lower(const AddPositions& o, In in) {
    return make<op::Add>(value(in[0]), constants_.exact(constants_.at(o.table)));
  }
  Output lower(const DropPatches&, In in) { return value(in[0]); }
  Output lower(const Dropout&, In in) { return value(in[0]); }

  Output lower(const LayerNorm& o, In in) {
    const Output normal = make<op::MVN>(value(in[0]), integers({-1}), true, o.epsilon, ov::op::MVNEpsMode::INSIDE_SQRT);
    const Output scaled = make<op::Multiply>(normal, constants_.exact(constants_.at(o.weight)));
    return make<op::Add>(scaled, constants_.exact(constants_.at(o.bias)));
  }

  Output lower(const Linear& o, In in) {
    const Output y = activate(linear(o, input(in[0], o.input_step)), o.activation);
    return in.size() == 1 ? y : make<op::Add>(y, value(in[1]));
  }

  // Q, K and V are multiplied apart: splitting one product would copy it, and a third of the width loses no speed.
  Output lower(const Attention& o, In in, Value v) {
    const bool packed = in.size() == 1;
    const std::int64_t width = shape_of(in[0]).back() / (packed ? 3 : 1);
    const float scale = scale_of_head(width / o.heads);
    std::vector<Output> qkv = parts_of(in[0], packed ? 3 : 1, scale);
    if (!packed) {
      qkv[0] = make<op::Unsqueeze>(qkv[0], integers({1}));
      for (const Output& part : parts_of(in[1], 2, 1)) qkv.push_back(part);
    }
    const auto finish = [&](const Output& y) { return packed ? y : make<op::Squeeze>(y, integers({1})); };
    // Rounded where the heads are still apart: so it is part of the attention's own kernel.
    const float step = step_of_only_reader(v);
    const Output seen = attend(qkv, o.heads, width, o.mask);
    if (step != 0) rounded_[{v.id, step}] = finish(side_by_side(to_int8(seen, step), width));
    return finish(side_by_side(seen, width));
  }

  Output lower(const EmbeddingSum& o, In in) {
    // The one type that texts have is added to every position.
    Tensor table = floats(o.position);
    const Tensor type = floats(o.type);
    Tensor sum = Tensor::allocate(DType::f32, table.shape());
    const auto width = static_cast<std::size_t>(table.shape()[1]);
    for (std::size_t i = 0; i < static_cast<std::size_t>(table.size()); ++i) {
      sum.mutable_data<float>()[i] = table.data<float>()[i] + type.data<float>()[i % width];
    }
    const Output words = make<op::Gather>(constants_.matrix(constants_.at(o.word)), value(in[0]), integers({0}));
    const Output length = make<op::Gather>(make<op::ShapeOf>(value(in[0])), integers({1}), integers({0}));
    const Output positions = make<op::Slice>(constant_of(sum), integers({0}), length, integers({1}), integers({0}));
    return make<op::Add>(words, positions);
  }

  Output lower(const ConvBnAct& o, In in) {
    if (!o.norm.empty()) throw_internal("openvino: batch normalisation of {} is not folded", o.weight);
    const auto pad = static_cast<std::ptrdiff_t>(o.padding);
    const LazyTensor& weight = constants_.at(o.weight);
    const Output kernel = o.input_step == 0 ? constants_.matrix(weight) : constants_.int8_matrix(weight);
    Output y = convolution(input(in[0], o.input_step), kernel, static_cast<std::size_t>(o.stride), pad);
    if (!o.bias.empty()) {
      Tensor bias = floats(o.bias);
      if (bias.shape().size() == 1) bias = bias.reshaped({bias.shape()[0], 1, 1});
      y = make<op::Add>(y, constant_of(bias));
    }
    return activate(in.size() == 1 ? y : make<op::Add>(y, value(in[1])), o.activation);
  }

  Output lower(const AvgPool& o, In in) {
    const auto k = static_cast<std::size_t>(o.kernel);
    return make<op::AvgPool>(value(in[0]), ov::Strides{k, k}, ov::Shape{0, 0}, ov::Shape{0, 0}, ov::Shape{k, k}, true);
  }

  Output lower(const AttentionPool& o, In in) {
    const std::int64_t width = constants_.at(o.positions).shape[1];
    const Output places =
        make<op::Transpose>(make<op::Reshape>(value(in[0]), integers({0, width, -1}), true), integers({0, 2, 1}));
    const Output mean = make<op::ReduceMean>(places, integers({1}), true);
    const Output tokens = make<op::Add>(make<op::Concat>(ov::OutputVector{mean, places}, 1),
                                        constants_.exact(constants_.at(o.positions)));
    const Output first = make<op::Slice>(tokens, integers({0}), integers({1}), integers({1}), integers({1}));
    const float scale = scale_of_head(width / o.heads);
    const std::vector<Output> qkv{linear({{o.q_weight}, {o.q_bias}}, first, 0, 1, scale),
                                  linear({{o.k_weight}, {o.k_bias}}, tokens),
                                  linear({{o.v_weight}, {o.v_bias}}, tokens)};
    const Output y = side_by_side(attend(qkv, o.heads, width, Mask::none), width);
    return make<op::Squeeze>(linear({{o.out_weight}, {o.out_bias}}, y), integers({1}));
  }

  Output lower(const TakeToken& o, In in) {
    return make<op::Squeeze>(
        make<op::Slice>(value(in[0]), integers({o.index}), integers({o.index + 1}), integers({1}), integers({1})),
        integers({1}));
  }

  Output lower(const Project& o, In in) {
    return make<op::MatMul>(value(in[0]), constants_.matrix(transposed(constants_.at(o.weight))), false, true);
  }

  // x W^T + b by part `i` of `count` of the stacked rows, times `scale`.
  Output linear(const Linear& o, const Output& x, std::size_t i = 0, std::size_t count = 1, float scale = 1) {
    const LazyTensor weight = constants_.part(o.weights, i, count);
    const Output matrix = o.input_step == 0 ? constants_.matrix(weight, scale) : constants_.int8_matrix(weight, scale);
    const Output y = make<op::MatMul>(x, matrix, false, true);
    if (o.biases.empty()) return y;
    return make<op::Add>(y, constants_.exact(constants_.part(o.biases, i, count), scale));
  }

  // The value cut into `count` equal parts along its last axis, the first of them times `scale`.
  std::vector<Output> parts_of(Value v, std::size_t count, float scale) {
    std::vector<Output> parts;
    const Node& node = graph_.node(v);
    const auto* product = std::get_if<Linear>(&node.op);
    if (product != nullptr && product->activation == Activation::none && node.inputs.size() == 1) {
      const Output x = input(node.inputs[0], product->input_step);
      for (std::size_t i = 0; i < count; ++i) parts.push_back(linear(*product, x, i, count, i == 0 ? scale : 1));
      return parts;
    }
    const Output axis = make<op::Constant>(ov::element::i64, ov::Shape{}, std::vector<std::int64_t>{-1});
    parts = std::make_shared<op::Split>(value(v), axis, count)->outputs();
    parts[0] = make<op::Multiply>(parts[0], scalar(scale));
    return parts;
  }

  // q (N, Q, width), scaled already, k and v (N, L, width) -> (N, heads, Q, size). Composed, not
  // ScaledDotProductAttention: the plug-in takes that apart again and multiplies by the scale at run time; either way
  // it is fused to one kernel.
  Output attend(const std::vector<Output>& qkv, int heads, std::int64_t width, Mask mask) {
    const auto by_heads = [&](const Output& x) {
      const Output parts = make<op::Reshape>(x, integers({0, 0, heads, width / heads}), true);
      return make<op::Transpose>(parts, integers({0, 2, 1, 3}));
    };
    Output scores = make<op::MatMul>(by_heads(qkv[0]), by_heads(qkv[1]), false, true);
    if (mask == Mask::lengths) {
      if (mask_.get_node() == nullptr) throw_internal("openvino: attention by lengths without tokens");
      scores = make<op::Add>(scores, mask_);
    }
    return make<op::MatMul>(make<op::Softmax>(scores, -1), by_heads(qkv[2]));
  }
  static Output side_by_side(const Output& heads, std::int64_t width) {
    return make<op::Reshape>(make<op::Transpose>(heads, integers({0, 2, 1, 3})), integers({0, 0, width}), true);
  }

  // The step of the one layer that reads the value; 0 if there is none, or others read it too.
  float step_of_only_reader(Value v) const {
    float step = 0;
    for (const Node& node : graph_.nodes) {
      for (std::size_t i = 0; i < node.inputs.size(); ++i) {
        if (node.inputs[i] != v) continue;
        if (step != 0 || i > 0 || input_step(node.op) == 0) return 0;
        step = input_step(node.op);
      }
    }
    return step;
  }

  Tensor floats(const std::string& name) const { return constants_.at(name).load().to(DType::f32); }

  static Output convolution(const Output& x, const Output& kernel, std::size_t stride, std::ptrdiff_t pad) {
    return make<op::Convolution>(x, kernel, ov::Strides{stride, stride}, ov::CoordinateDiff{pad, pad},
                                 ov::CoordinateDiff{pad, pad}, ov::Strides{1, 1});
  }

  static Output activate(const Output& x, Activation activation) {
    switch (activation) {
      case Activation::none: return x;
      case Activation::relu: return make<op::Relu>(x);
      case Activation::gelu: return make<op::Gelu>(x, ov::op::GeluApproximationMode::ERF);
      case Activation::quick_gelu: return make<op::Swish>(x, scalar(1.702f));
    }
    throw_internal("openvino: unknown activation");
  }

  Output parameter(const std::string& name, ov::element::Type type, const ov::PartialShape& shape) {
    const auto made = std::make_shared<op::Parameter>(type, shape);
    made->get_output_tensor(0).set_names({name});
    parameters_.push_back(made);
    return made;
  }

  const Shape& shape_of(Value value) const { return shapes_[static_cast<std::size_t>(value.id)]; }

  const Graph& graph_;
  const std::vector<Shape>& shapes_;
  const Constants constants_;
  std::vector<Output> values_;
  std::map<std::pair<int, float>, Output> rounded_;  // by value and step
  ov::ParameterVector parameters_;
  Output mask_;
};

}  // namespace

std::shared_ptr<ov::Model> lower(const Graph& graph, const TensorMap& weights, const std::vector<Shape>& shapes,
                                 Precision precision, const std::vector<Value>& observed) {
  return Lowering(graph, weights, shapes, precision).run(observed);
}

}  // namespace cnclip
