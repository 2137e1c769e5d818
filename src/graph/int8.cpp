#include "graph/int8.h"

#include <algorithm>
#include <cmath>

namespace cnclip {

void round_to_int8(std::span<float> values, float step) {
  for (float& value : values) value = std::clamp(std::nearbyint(value / step), -128.0f, 127.0f) * step;
}

Int8Rows int8_rows(const Tensor& weight) {
  const Tensor floats = weight.to(DType::f32);
  const auto rows = static_cast<std::size_t>(weight.shape()[0]);
  const std::size_t width = floats.data<float>().size() / rows;
  Int8Rows made{Tensor::allocate(DType::i8, weight.shape()), Tensor::allocate(DType::f32, {weight.shape()[0]})};
  for (std::size_t r = 0; r < rows; ++r) {
    const auto row = floats.data<float>().subspan(r * width, width);
    float largest = 0;
    for (const float value : row) largest = std::max(largest, std::abs(value));
    const float step = largest > 0 ? largest / 127 : 1;
    made.steps.mutable_data<float>()[r] = step;
    for (std::size_t i = 0; i < width; ++i) {
      made.values.mutable_data<std::int8_t>()[r * width + i] =
          static_cast<std::int8_t>(std::clamp(std::nearbyint(row[i] / step), -127.0f, 127.0f));
    }
  }
  return made;
}

Tensor Int8Rows::to_floats() const {
  Tensor floats = Tensor::allocate(DType::f32, values.shape());
  const auto out = floats.mutable_data<float>();
  const std::size_t width = out.size() / steps.data<float>().size();
  for (std::size_t i = 0; i < out.size(); ++i) {
    out[i] = static_cast<float>(values.data<std::int8_t>()[i]) * steps.data<float>()[i / width];
  }
  return floats;
}

float input_step(const Op& op) {
  if (const auto* linear = std::get_if<Linear>(&op)) return linear->input_step;
  if (const auto* conv = std::get_if<ConvBnAct>(&op)) return conv->input_step;
  return 0;
}

bool has_int8(const Graph& graph) {
  return std::ranges::any_of(graph.nodes, [](const Node& node) { return input_step(node.op) != 0; });
}

}  // namespace cnclip
