// One function a node kind: what it becomes in ONNX, opset 17.
#pragma once

#include "export/onnx.h"
#include "export/onnx_builder.h"

namespace cnclip {

struct LoweredGraph {
  onnx::GraphProto graph;
  std::vector<Initializer> initializers;
  OnnxValue input, output;
};

LoweredGraph lower_to_onnx(const Graph& graph, const TensorMap& weights, const OnnxOptions& options);

}  // namespace cnclip
