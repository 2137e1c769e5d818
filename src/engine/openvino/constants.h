// Weights as OpenVINO constants, loaded one at a time.
#pragma once

#include <openvino/core/node.hpp>

#include "base/tensor.h"
#include "engine/engine.h"

namespace cnclip {

class Constants {
 public:
  Constants(const TensorMap& weights, Precision precision) : weights_(weights), precision_(precision) {}

  // Vectors and tables that are added: always float, they are small.
  ov::Output<ov::Node> exact(const std::string& name) const;
  // Matrices, stacked by rows, and convolution kernels: stored in the engine's precision, used as float values.
  ov::Output<ov::Node> matrix(const std::vector<std::string>& names) const;
  // (in, out) given as (out, in), which is how OpenVINO packs it
  ov::Output<ov::Node> transposed_matrix(const std::string& name) const;
  // Row vectors side by side.
  ov::Output<ov::Node> bias(const std::vector<std::string>& names) const;

  Tensor floats(const std::string& name) const { return weights_.at(name).load().to(DType::f32); }
  const Shape& shape(const std::string& name) const { return weights_.at(name).shape; }

 private:
  ov::Output<ov::Node> stored(const std::vector<LazyTensor>& parts) const;
  const TensorMap& weights_;
  Precision precision_;
};

ov::Output<ov::Node> constant_of(const Tensor& floats);
ov::Output<ov::Node> integers(const std::vector<std::int64_t>& values);
ov::Output<ov::Node> scalar(float value);

}  // namespace cnclip
