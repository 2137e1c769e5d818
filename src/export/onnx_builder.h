// Adds ONNX nodes and initializers to a graph; names are made here.
#pragma once

#include <onnx/onnx_pb.h>

#include <unordered_set>

#include "export/onnx_file.h"

namespace cnclip {

class OnnxBuilder {
 public:
  using Name = std::string;  // of an ONNX value
  using Names = std::vector<Name>;
  using Attributes = std::vector<onnx::AttributeProto>;

  static onnx::AttributeProto attribute(const char* name, std::int64_t value);
  static onnx::AttributeProto attribute(const char* name, float value);
  static onnx::AttributeProto attribute(const char* name, const std::vector<std::int64_t>& values);

  // Names of the nodes to come begin with it.
  void scope(std::string name) { scope_ = std::move(name), count_ = 0; }

  Name node(const char* type, const Names& inputs, const Attributes& attributes = {});
  // One whose only output has a name given from outside.
  void named_node(const Name& output, const char* type, const Names& inputs);
  Names node_of_many(const char* type, const Names& inputs, std::size_t outputs, const Attributes& attributes = {});

  // The tensor under that name, once.
  Name initializer(const Name& name, LazyTensor tensor);
  Name ints(const std::vector<std::int64_t>& values);  // a vector of int64
  Name scalar(float value, DType type);

  Name cast(const Name& x, DType type) { return node("Cast", {x}, {attribute("to", std::int64_t{onnx_type(type)})}); }
  Name reshape(const Name& x, const std::vector<std::int64_t>& shape) { return node("Reshape", {x, ints(shape)}); }
  Name transpose(const Name& x, const std::vector<std::int64_t>& order) {
    return node("Transpose", {x}, {attribute("perm", order)});
  }
  // Size of one axis, as a vector of one.
  Name size_of_axis(const Name& x, std::int64_t axis) {
    return node("Shape", {x}, {attribute("start", axis), attribute("end", axis + 1)});
  }

  onnx::GraphProto graph;
  std::vector<Initializer> initializers;

 private:
  std::string scope_;
  int count_ = 0;
  std::unordered_set<std::string> known_;
};

}  // namespace cnclip
