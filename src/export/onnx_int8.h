// int8 in ONNX: QuantizeLinear and DequantizeLinear around what is rounded, as ONNX Runtime and TensorRT expect it.
// All of it is symmetric: zero points are 0, which TensorRT insists on.
#pragma once

#include "export/onnx_builder.h"

namespace cnclip {

// The value rounded to int8, as float.
OnnxBuilder::Name onnx_rounded(OnnxBuilder& onnx, const OnnxBuilder::Name& value, float step);

// A matrix (out, in) as int8 by rows, transposed to (in, out) for MatMul, as float.
OnnxBuilder::Name onnx_int8_matrix(OnnxBuilder& onnx, const std::string& name, const LazyTensor& matrix);

// A kernel (out, in, k, k) as int8 by output channels, as float.
OnnxBuilder::Name onnx_int8_kernel(OnnxBuilder& onnx, const std::string& name, const LazyTensor& kernel);

}  // namespace cnclip
