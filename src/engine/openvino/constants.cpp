#include "engine/openvino/constants.h"

#include <openvino/op/constant.hpp>
#include <openvino/op/convert.hpp>
#include <openvino/op/multiply.hpp>

#include "base/lazy.h"
#include "graph/int8.h"

namespace cnclip {

using ov::op::v0::Constant;

ov::Output<ov::Node> constant_of(const Tensor& floats) {
  const ov::Shape shape(floats.shape().begin(), floats.shape().end());
  return std::make_shared<Constant>(ov::element::f32, shape, static_cast<const void*>(floats.bytes().data()));
}

ov::Output<ov::Node> integers(const std::vector<std::int64_t>& values) {
  return std::make_shared<Constant>(ov::element::i64, ov::Shape{values.size()}, values);
}

ov::Output<ov::Node> scalar(float value) {
  return std::make_shared<Constant>(ov::element::f32, ov::Shape{}, std::vector<float>{value});
}

namespace {

Tensor scaled(const Tensor& tensor, float scale) {
  if (scale == 1) return tensor;
  const Tensor from = tensor.to(DType::f32);
  Tensor to = Tensor::allocate(DType::f32, from.shape());
  for (std::size_t i = 0; i < to.mutable_data<float>().size(); ++i) {
    to.mutable_data<float>()[i] = from.data<float>()[i] * scale;
  }
  return to;
}

}  // namespace

ov::Output<ov::Node> Constants::exact(const LazyTensor& tensor, float scale) const {
  return constant_of(scaled(tensor.load(), scale).to(DType::f32));
}

ov::Output<ov::Node> Constants::matrix(const LazyTensor& tensor, float scale) const {
  if (precision_ == Precision::f32) return exact(tensor, scale);
  const Tensor values = scaled(tensor.load(), scale).to(DType::bf16);
  const ov::Shape shape(values.shape().begin(), values.shape().end());
  const auto constant =
      std::make_shared<Constant>(ov::element::bf16, shape, static_cast<const void*>(values.bytes().data()));
  const auto convert = std::make_shared<ov::op::v0::Convert>(constant, ov::element::f32);
  // What ov::mark_as_decompression does, whose header is not shipped: without the mark the plug-in folds the
  // conversion, and compiled models hold every weight as float once more, in memory and in the cache.
  convert->get_rt_info()["decompression_0"] = true;
  return convert;
}

ov::Output<ov::Node> Constants::int8_matrix(const LazyTensor& tensor, float scale) const {
  const Int8Rows rows = int8_rows(tensor.load());
  const ov::Shape shape(rows.values.shape().begin(), rows.values.shape().end());
  const auto values =
      std::make_shared<Constant>(ov::element::i8, shape, static_cast<const void*>(rows.values.bytes().data()));
  Shape by_row(shape.size(), 1);
  by_row[0] = rows.steps.size();
  return std::make_shared<ov::op::v1::Multiply>(std::make_shared<ov::op::v0::Convert>(values, ov::element::f32),
                                                constant_of(scaled(rows.steps, scale).reshaped(by_row)));
}

LazyTensor Constants::part(const std::vector<std::string>& names, std::size_t i, std::size_t count) const {
  std::vector<LazyTensor> tensors;
  for (const std::string& name : names) tensors.push_back(weights_.at(name));
  if (count == tensors.size()) return tensors[i];
  const LazyTensor whole = tensors.size() == 1 ? tensors[0] : stack_rows(tensors);
  const std::int64_t rows = whole.shape[0] / static_cast<std::int64_t>(count);
  return slice_rows(whole, static_cast<std::int64_t>(i) * rows, static_cast<std::int64_t>(i + 1) * rows);
}

}  // namespace cnclip
