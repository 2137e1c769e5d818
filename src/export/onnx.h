// A tower as an ONNX model (opset 17) that ONNX Runtime, TensorRT and mobile engines run.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "base/tensor.h"
#include "graph/graph.h"

namespace cnclip {

inline constexpr int kOnnxOpset = 17;  // the first with LayerNormalization

struct OnnxOptions {
  DType dtype = DType::f32;    // of weights and products: f32 or f16; inputs and outputs are the same for both
  bool byte_pixels = false;    // the image tower takes the pixels' bytes and normalises them itself
  bool unit_features = false;  // features of unit length
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

// Writes the graph as the model builders make it; one whose pixel normalisation is folded is refused. Batch and length
// are free:
//   image (N, 3, S, S) f32, RGB, (pixel / 255 - mean) / std; or u8, RGB  ->  unnorm_image_features (N, embed) f32
//   text (N, T) i64, rows filled up with 0                               ->  unnorm_text_features (N, embed) f32
// With `unit_features` the outputs are image_features and text_features. In f16, layer norms, softmax, masks and the
// sums from block to block still are f32. The same graph and weights give the same bytes. Weights are read one at a
// time. Layers with an input_step (graph/quantize.h) are written with QuantizeLinear and DequantizeLinear; in f32 only.
// Nothing is seen under the final names before it is whole.
OnnxModel export_onnx(const Graph& graph, const TensorMap& weights, const std::filesystem::path& file,
                      const OnnxOptions& options);

}  // namespace cnclip
