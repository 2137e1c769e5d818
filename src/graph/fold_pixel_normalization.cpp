#include "graph/passes.h"
#include "graph/rewrite.h"
#include "graph/shapes.h"

namespace cnclip {
namespace {

// W x' + b with x' = (x/255 - mean)/std equals (W s) x + b - sum of W s' m over the taps that lie inside the picture.
Tensor scaled_weight(const LazyTensor& original, const NormalizePixels& norm) {
  Tensor from = original.load().to(DType::f32);
  Tensor to = Tensor::allocate(DType::f32, from.shape());
  const auto values = to.mutable_data<float>();
  const auto taps = static_cast<std::size_t>(from.shape()[2] * from.shape()[3]);
  for (std::size_t i = 0; i < values.size(); ++i) {
    values[i] = static_cast<float>(from.data<float>()[i] / (255.0 * norm.std[i / taps % 3]));
  }
  return to;
}

struct Geometry {
  std::int64_t input = 0;   // side of the picture
  std::int64_t output = 0;  // side of the result
  std::int64_t stride = 1;
  std::int64_t padding = 0;
};

// (out, output, output): the bias at every place.
Tensor bias_by_place(const LazyTensor& original, const Tensor& bias, const NormalizePixels& norm, const Geometry& g) {
  const Tensor weight = original.load().to(DType::f32);
  const auto w = weight.data<float>();
  const std::int64_t channels = weight.shape()[0], kernel = weight.shape()[2];
  Tensor to = Tensor::allocate(DType::f32, {channels, g.output, g.output});
  const auto out = to.mutable_data<float>();
  for (std::int64_t c = 0, at = 0; c < channels; ++c) {
    for (std::int64_t y = 0; y < g.output; ++y) {
      for (std::int64_t x = 0; x < g.output; ++x, ++at) {
        double sum = 0;
        if (bias.shape().size() == 1) sum = bias.data<float>()[static_cast<std::size_t>(c)];
        if (bias.shape().size() == 3) sum = bias.data<float>()[static_cast<std::size_t>(at)];
        for (std::int64_t i = 0; i < 3 * kernel * kernel; ++i) {
          const std::int64_t row = y * g.stride - g.padding + i / kernel % kernel;
          const std::int64_t column = x * g.stride - g.padding + i % kernel;
          if (row < 0 || column < 0 || row >= g.input || column >= g.input) continue;
          const auto rgb = static_cast<std::size_t>(i / (kernel * kernel));
          sum -= double{w[static_cast<std::size_t>(c * 3 * kernel * kernel + i)]} * norm.mean[rgb] / norm.std[rgb];
        }
        out[static_cast<std::size_t>(at)] = static_cast<float>(sum);
      }
    }
  }
  return to;
}

}  // namespace

void fold_pixel_normalization(Graph& graph, TensorMap& weights) {
  const std::vector<int> uses = count_uses(graph);
  for (Node& node : graph.nodes) {
    if (node.inputs.empty()) continue;
    const Value input = node.inputs[0];
    const auto* norm = std::get_if<NormalizePixels>(&graph.node(input).op);
    if (norm == nullptr || uses[static_cast<std::size_t>(input.id)] != 1) continue;
    const Value raw = graph.node(input).inputs[0];
    const int size = std::get<PixelInput>(graph.node(raw).op).size;

    const auto fold = [&](std::string& weight, std::string& bias, std::int64_t stride, std::int64_t padding) {
      const LazyTensor original = weights.at(weight);
      const LazyTensor old_bias = bias.empty() ? LazyTensor(Tensor()) : weights.at(bias);
      const std::int64_t channels = original.shape[0];
      // Without padding every place has the same bias: one place is enough.
      const bool one_bias = padding == 0 && old_bias.shape.size() != 3;
      const std::int64_t side = one_bias ? 1 : (size + 2 * padding - original.shape[2]) / stride + 1;
      const Geometry geometry{size, side, stride, padding};
      const Shape shape = one_bias ? Shape{channels} : Shape{channels, side, side};
      bias = weight + "#pixels_bias";
      weights.set(bias, LazyTensor(DType::f32, shape, [=, normalize = *norm] {
                    return bias_by_place(original, old_bias.load().to(DType::f32), normalize, geometry).reshaped(shape);
                  }));
      weight += "#pixels";
      weights.set(weight, LazyTensor(DType::f32, original.shape,
                                     [=, normalize = *norm] { return scaled_weight(original, normalize); }));
    };
    if (auto* patch = std::get_if<PatchEmbed>(&node.op)) {
      fold(patch->weight, patch->bias, patch->patch, 0);
    } else if (auto* conv = std::get_if<ConvBnAct>(&node.op); conv != nullptr && conv->norm.empty()) {
      fold(conv->weight, conv->bias, conv->stride, conv->padding);
    } else {
      continue;
    }
    node.inputs[0] = raw;
  }
  tidy(graph);
}

}  // namespace cnclip
