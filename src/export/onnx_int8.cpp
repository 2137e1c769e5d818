#include "export/onnx_int8.h"

#include <fmt/format.h>

#include "base/lazy.h"
#include "graph/int8.h"

namespace cnclip {
namespace {

using Name = OnnxBuilder::Name;

Name dequantized(OnnxBuilder& onnx, const std::string& name, const LazyTensor& values, const LazyTensor& weight,
                 std::int64_t axis) {
  const Shape rows{weight.shape[0]};
  const LazyTensor steps(DType::f32, rows, [=] { return int8_rows(weight.load()).steps; });
  const Name zeros = onnx.initializer(fmt::format("i8/zeros/{}", rows[0]), Tensor::allocate(DType::i8, rows));
  return onnx.node("DequantizeLinear",
                   {onnx.initializer(name + "/int8", values), onnx.initializer(name + "/steps", steps), zeros},
                   {OnnxBuilder::attribute("axis", axis)});
}

}  // namespace

Name onnx_rounded(OnnxBuilder& onnx, const Name& value, float step) {
  const Name scale = onnx.scalar(step, DType::f32), zero = onnx.initializer("i8/0", Tensor::allocate(DType::i8, {}));
  return onnx.node("DequantizeLinear", {onnx.node("QuantizeLinear", {value, scale, zero}), scale, zero});
}

Name onnx_int8_matrix(OnnxBuilder& onnx, const std::string& name, const LazyTensor& matrix) {
  const LazyTensor values(DType::i8, matrix.shape, [=] { return int8_rows(matrix.load()).values; });
  return dequantized(onnx, name, transposed(values), matrix, 1);
}

Name onnx_int8_kernel(OnnxBuilder& onnx, const std::string& name, const LazyTensor& kernel) {
  const LazyTensor values(DType::i8, kernel.shape, [=] { return int8_rows(kernel.load()).values; });
  return dequantized(onnx, name, values, kernel, 0);
}

}  // namespace cnclip
