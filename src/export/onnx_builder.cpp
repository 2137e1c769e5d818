#include "export/onnx_builder.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

namespace cnclip {

onnx::AttributeProto OnnxBuilder::attribute(const char* name, std::int64_t value) {
  onnx::AttributeProto made;
  made.set_name(name);
  made.set_type(onnx::AttributeProto::INT);
  made.set_i(value);
  return made;
}

onnx::AttributeProto OnnxBuilder::attribute(const char* name, float value) {
  onnx::AttributeProto made;
  made.set_name(name);
  made.set_type(onnx::AttributeProto::FLOAT);
  made.set_f(value);
  return made;
}

onnx::AttributeProto OnnxBuilder::attribute(const char* name, const std::vector<std::int64_t>& values) {
  onnx::AttributeProto made;
  made.set_name(name);
  made.set_type(onnx::AttributeProto::INTS);
  for (const std::int64_t value : values) made.add_ints(value);
  return made;
}

void OnnxBuilder::named_node(const Name& output, const char* type, const Names& inputs) {
  node(type, inputs);
  graph.mutable_node(graph.node_size() - 1)->set_output(0, output);
}

OnnxBuilder::Names OnnxBuilder::node_of_many(const char* type, const Names& inputs, std::size_t outputs,
                                             const Attributes& attributes) {
  onnx::NodeProto* added = graph.add_node();
  added->set_op_type(type);
  added->set_name(fmt::format("{}/{}_{}", scope_, type, count_++));
  for (const Name& input : inputs) added->add_input(input);
  for (const auto& one : attributes) *added->add_attribute() = one;
  Names made;
  for (std::size_t i = 0; i < outputs; ++i) {
    made.push_back(outputs == 1 ? added->name() : fmt::format("{}:{}", added->name(), i));
    added->add_output(made.back());
  }
  return made;
}

OnnxBuilder::Name OnnxBuilder::node(const char* type, const Names& inputs, const Attributes& attributes) {
  return node_of_many(type, inputs, 1, attributes).front();
}

OnnxBuilder::Name OnnxBuilder::initializer(const Name& name, LazyTensor tensor) {
  if (known_.insert(name).second) initializers.push_back({name, std::move(tensor)});
  return name;
}

OnnxBuilder::Name OnnxBuilder::ints(const std::vector<std::int64_t>& values) {
  Tensor tensor = Tensor::allocate(DType::i64, {static_cast<std::int64_t>(values.size())});
  std::ranges::copy(values, tensor.mutable_data<std::int64_t>().begin());
  return initializer(fmt::format("ints/{}", fmt::join(values, ",")), tensor);
}

OnnxBuilder::Name OnnxBuilder::scalar(float value, DType type) {
  return initializer(fmt::format("{}/{}", name_of(type), value), Tensor::from_floats({}, {&value, 1}).to(type));
}

}  // namespace cnclip
