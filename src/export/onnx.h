// A tower as an ONNX model (opset 17) that ONNX Runtime, TensorRT and mobile engines run.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "base/tensor.h"
#include "graph/graph.h"

namespace cnclip {

struct OnnxOptions {
  DType dtype = DType::f32;  // of weights and arithmetic: f32 or f16; inputs and outputs are the same for both
  std::string producer_version{};
  // Weights of more bytes than this go to a file of their own, `<file>.data`. Protobuf ends at 2 GiB.
  std::size_t inline_limit = 2'000'000'000;
};

// An input or output of the model. Dimensions are numbers, kBatch or kLength (graph/shapes.h).
struct OnnxValue {
  std::string name;
  DType dtype = DType::f32;
  Shape shape;
};

struct OnnxModel {
  std::vector<std::filesystem::path> files;  // the model, then its external data if there is any
  OnnxValue input, output;
};

// Writes the graph as the model builders make it; graphs that read raw pixels (fold_pixel_normalization) are refused,
// since the model takes normalised ones:
//   image (N, 3, S, S) f32, RGB, (pixel / 255 - mean) / std  ->  unnorm_image_features (N, embed) f32
//   text (N, T) i64, rows filled up with 0                   ->  unnorm_text_features (N, embed) f32
// Batch and length are free. Features are not of unit length. In f16, layer norms and softmax still compute in f32.
// Layers with an input_step (graph/quantize.h) are written with QuantizeLinear and DequantizeLinear; in f32 only.
// Weights are read one at a time. Nothing is seen under the final names before it is whole.
OnnxModel export_onnx(const Graph& graph, const TensorMap& weights, const std::filesystem::path& file,
                      const OnnxOptions& options);

}  // namespace cnclip
