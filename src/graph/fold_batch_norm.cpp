#include <cmath>

#include "graph/passes.h"

namespace cnclip {
namespace {

struct Affine {  // per output channel: scale * x + shift
  std::vector<float> scale, shift;
};

Affine affine_of(const ConvBnAct::BatchNorm& norm, const TensorMap& weights) {
  const auto load = [&](const std::string& name) { return weights.at(name).load().to(DType::f32); };
  const Tensor weight = load(norm.weight), bias = load(norm.bias), mean = load(norm.mean),
               variance = load(norm.variance);
  Affine affine;
  for (std::size_t c = 0; c < static_cast<std::size_t>(weight.size()); ++c) {
    const double scale = weight.data<float>()[c] / std::sqrt(double{variance.data<float>()[c]} + norm.epsilon);
    affine.scale.push_back(static_cast<float>(scale));
    affine.shift.push_back(static_cast<float>(bias.data<float>()[c] - scale * mean.data<float>()[c]));
  }
  return affine;
}

}  // namespace

void fold_batch_norm(Graph& graph, TensorMap& weights) {
  for (Node& node : graph.nodes) {
    auto* conv = std::get_if<ConvBnAct>(&node.op);
    if (conv == nullptr || conv->norm.empty()) continue;
    const auto norm = conv->norm.front();
    const LazyTensor original = weights.at(conv->weight);
    const Shape channels{original.shape[0]};
    // The few statistics are read when the weight is; `all` shares the lazy entries, not their bytes.
    const auto all = std::make_shared<const TensorMap>(weights);
    const std::string folded = conv->weight + "#bn";
    weights.set(folded, LazyTensor(DType::f32, original.shape, [original, norm, all] {
                  const Tensor from = original.load().to(DType::f32);
                  const Affine affine = affine_of(norm, *all);
                  Tensor to = Tensor::allocate(DType::f32, from.shape());
                  const auto values = to.mutable_data<float>();
                  const std::size_t row = values.size() / affine.scale.size();
                  for (std::size_t i = 0; i < values.size(); ++i) {
                    values[i] = from.data<float>()[i] * affine.scale[i / row];
                  }
                  return to;
                }));
    const LazyTensor bias =
        conv->bias.empty() ? LazyTensor(Tensor::allocate(DType::f32, channels)) : weights.at(conv->bias);
    conv->bias = conv->weight + "#bn_bias";
    weights.set(conv->bias, LazyTensor(DType::f32, bias.shape, [bias, norm, all] {
                  const Affine affine = affine_of(norm, *all);
                  const Tensor from = bias.load().to(DType::f32);
                  Tensor to = Tensor::allocate(DType::f32, from.shape());
                  const auto values = to.mutable_data<float>();
                  const std::size_t places = values.size() / affine.shift.size();  // 1, or all of a channel
                  for (std::size_t i = 0; i < values.size(); ++i) {
                    values[i] = from.data<float>()[i] + affine.shift[i / places];
                  }
                  return to;
                }));
    conv->weight = folded;
    conv->norm.clear();
  }
}

}  // namespace cnclip
