// Weights as OpenVINO constants, loaded one at a time.
#pragma once

#include <openvino/core/node.hpp>

#include "base/tensor.h"
#include "engine/engine.h"

namespace cnclip {

class Constants {
 public:
  Constants(const TensorMap& weights, Precision precision) : weights_(weights), precision_(precision) {}

  // Matrices, convolution kernels and tables to look up in: stored in the engine's precision, used as float values.
  ov::Output<ov::Node> matrix(const LazyTensor& tensor, float scale = 1) const;
  // The same as int8 by rows, each with its step.
  ov::Output<ov::Node> int8_matrix(const LazyTensor& tensor, float scale = 1) const;
  // Vectors and tables that are added: always float, they are small.
  ov::Output<ov::Node> exact(const LazyTensor& tensor, float scale = 1) const;

  // Part `i` of `count` equal ones of the tensors stacked by rows.
  LazyTensor part(const std::vector<std::string>& names, std::size_t i = 0, std::size_t count = 1) const;
  const LazyTensor& at(const std::string& name) const { return weights_.at(name); }

 private:
  const TensorMap& weights_;
  Precision precision_;
};

ov::Output<ov::Node> constant_of(const Tensor& floats);
ov::Output<ov::Node> integers(const std::vector<std::int64_t>& values);
ov::Output<ov::Node> scalar(float value);

}  // namespace cnclip
