#include "engine/openvino/constants.h"

#include <cstring>
#include <openvino/op/constant.hpp>
#include <openvino/op/convert.hpp>

#include "base/lazy.h"

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

ov::Output<ov::Node> Constants::exact(const std::string& name) const { return constant_of(floats(name)); }

ov::Output<ov::Node> Constants::matrix(const std::vector<std::string>& names) const {
  std::vector<LazyTensor> parts;
  for (const std::string& name : names) parts.push_back(weights_.at(name));
  return stored(parts);
}

ov::Output<ov::Node> Constants::transposed_matrix(const std::string& name) const {
  return stored({transposed(weights_.at(name))});
}

ov::Output<ov::Node> Constants::bias(const std::vector<std::string>& names) const {
  std::vector<LazyTensor> parts;
  for (const std::string& name : names) parts.push_back(cast(weights_.at(name), DType::f32));
  return constant_of(stack_rows(parts).load());
}

ov::Output<ov::Node> Constants::stored(const std::vector<LazyTensor>& parts) const {
  Shape shape = parts.front().shape;
  shape[0] = 0;
  for (const LazyTensor& part : parts) shape[0] += part.shape[0];
  const bool half = precision_ == Precision::bf16;
  ov::Tensor whole(half ? ov::element::bf16 : ov::element::f32, ov::Shape(shape.begin(), shape.end()));
  auto* at = static_cast<std::byte*>(whole.data());
  for (const LazyTensor& part : parts) {
    const Tensor values = part.load().to(half ? DType::bf16 : DType::f32);
    std::memcpy(at, values.bytes().data(), values.bytes().size());
    at += values.bytes().size();
  }
  const auto constant = std::make_shared<Constant>(whole);  // shares the bytes
  if (!half) return constant;
  return std::make_shared<ov::op::v0::Convert>(constant, ov::element::f32);
}

}  // namespace cnclip
