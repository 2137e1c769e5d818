#include "export/tensorrt.h"

#include <gtest/gtest.h>
#include <onnx/onnx_pb.h>

#include <map>
#include <set>

#include "base/file.h"
#include "base/test_folder.h"
#include "model/parameters.h"
#include "model/towers.h"

namespace cnclip {
namespace {

// What TensorRT's ONNX parser takes, of the operators that an exporter of transformers and ResNets may think of, with
// the element types it takes them in. Source: "Supported ONNX Operators" of the parser, docs/operators.md of
// onnx/onnx-tensorrt for TensorRT 10.15, which reads opset 9 to 24. Bytes may only be inputs and outputs of a network.
using onnx::TensorProto;
const std::set<int> kFloats{TensorProto::FLOAT, TensorProto::FLOAT16};
const std::set<int> kNumbers{TensorProto::FLOAT, TensorProto::FLOAT16, TensorProto::INT64};
const std::set<int> kAny{TensorProto::FLOAT, TensorProto::FLOAT16, TensorProto::INT64, TensorProto::BOOL};
const std::set<int> kCasts{TensorProto::FLOAT, TensorProto::FLOAT16, TensorProto::INT64, TensorProto::UINT8,
                           TensorProto::BOOL};
const std::map<std::string, std::set<int>> kSupported{
    {"Add", kNumbers},    {"AveragePool", kFloats},
    {"Cast", kCasts},     {"Concat", kAny},
    {"Conv", kFloats},    {"Div", kNumbers},
    {"Equal", kNumbers},  {"Erf", kFloats},
    {"Expand", kAny},     {"Gather", kAny},
    {"Gemm", kFloats},    {"Identity", kAny},
    {"MatMul", kFloats},  {"LayerNormalization", kFloats},
    {"Mul", kNumbers},    {"ReduceL2", kNumbers},
    {"Relu", kNumbers},   {"ReduceMean", kNumbers},
    {"Reshape", kAny},    {"Shape", kAny},
    {"Sigmoid", kFloats}, {"Slice", kAny},
    {"Softmax", kFloats}, {"Split", kAny},
    {"Sqrt", kFloats},    {"Sub", kNumbers},
    {"Transpose", kAny},  {"Unsqueeze", kAny},
    {"Where", kAny},
};

// The element types of all values, as far as the rules of the operators above give them.
int type_of(const onnx::NodeProto& node, std::map<std::string, int>& types) {
  if (node.op_type() == "Cast") return static_cast<int>(node.attribute(0).i());
  if (node.op_type() == "Shape") return TensorProto::INT64;
  if (node.op_type() == "Equal") return TensorProto::BOOL;
  return types.at(node.input(0));
}

void expect_supported(const std::string& architecture, const OnnxOptions& options) {
  const ModelConfig& config = *find_architecture(architecture);
  const TensorMap weights = initial_weights(config, 1);
  TestFolder folder;
  for (const Graph& graph : {image_tower(config), text_tower(config)}) {
    export_onnx(graph, weights, folder / "model.onnx", options);
    onnx::ModelProto model;
    ASSERT_TRUE(model.ParseFromString(read_file(folder / "model.onnx")));
    std::map<std::string, int> types;
    std::set<std::string> constants;
    for (const auto& one : model.graph().initializer()) {
      types[one.name()] = one.data_type();
      constants.insert(one.name());
    }
    const auto& input = model.graph().input(0);
    types[input.name()] = input.type().tensor_type().elem_type();
    for (const auto& node : model.graph().node()) {
      ASSERT_TRUE(kSupported.contains(node.op_type())) << node.op_type();
      EXPECT_EQ(node.domain(), "");
      const std::set<int>& allowed = kSupported.at(node.op_type());
      EXPECT_TRUE(allowed.contains(types.at(node.input(0)))) << node.name() << " of type " << types[node.input(0)];
      EXPECT_TRUE(node.op_type() != "LayerNormalization" || node.output_size() == 1) << node.name();
      EXPECT_TRUE(node.op_type() != "Unsqueeze" || constants.contains(node.input(1))) << node.name();
      // Strongly typed networks ask for operands of one type.
      if (std::set<std::string>{"Add", "Mul", "Div", "MatMul", "Conv", "Concat"}.contains(node.op_type())) {
        for (const auto& other : node.input()) EXPECT_EQ(types.at(other), types.at(node.input(0))) << node.name();
      }
      for (const auto& output : node.output()) types[output] = type_of(node, types);
    }
    EXPECT_EQ(types.at(model.graph().output(0).name()), TensorProto::FLOAT);
  }
}

TEST(TensorRt, ReadsEveryOperatorOfAnExport) {
  for (const char* architecture : {"tiny", "tiny-rn"}) {
    for (const DType type : {DType::f32, DType::f16}) {
      expect_supported(architecture, {.dtype = type});
      expect_supported(architecture, {.dtype = type, .byte_pixels = true, .unit_features = true});
    }
  }
}

TEST(TensorRt, ProfilesCoverAllBatchesAndLengths) {
  const OnnxModel image{{"a/image.onnx"}, {"image", DType::f32, {-1, 3, 224, 224}}, {}};
  const TensorRtProfile pictures = tensorrt_profile(image, 52);
  EXPECT_EQ(pictures.least, (Shape{1, 3, 224, 224}));
  EXPECT_EQ(pictures.most, (Shape{256, 3, 224, 224}));
  EXPECT_EQ(trtexec_command(image, pictures),
            "trtexec --onnx=image.onnx --saveEngine=image.plan --stronglyTyped --minShapes=image:1x3x224x224 "
            "--optShapes=image:32x3x224x224 --maxShapes=image:256x3x224x224");
  const OnnxModel text{{"text.onnx"}, {"text", DType::i64, {-1, -2}}, {}};
  EXPECT_EQ(tensorrt_profile(text, 52).usual, (Shape{32, 16}));
  EXPECT_EQ(tensorrt_profile(text, 8).usual, (Shape{32, 8}));  // a model with few positions
  EXPECT_EQ(tensorrt_profile(text, 8).most, (Shape{256, 8}));
}

}  // namespace
}  // namespace cnclip
