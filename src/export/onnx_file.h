// Writes an ONNX file whose weights never are in memory together.
#pragma once

#include <onnx/onnx_pb.h>

#include <filesystem>
#include <string>
#include <vector>

#include "base/tensor.h"

namespace cnclip {

struct Initializer {
  std::string name;
  LazyTensor tensor;  // f32, f16, i64 or i8
};

onnx::TensorProto::DataType onnx_type(DType type);

// `model` has no initializers yet. Returns the files: the model, then the external data if the weights together
// exceed `inline_limit` bytes.
std::vector<std::filesystem::path> write_onnx_file(const std::filesystem::path& file, const onnx::ModelProto& model,
                                                   const std::vector<Initializer>& initializers,
                                                   std::size_t inline_limit);

}  // namespace cnclip
