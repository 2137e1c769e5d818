#include "export/onnx.h"

#include <gtest/gtest.h>
#include <onnx/onnx_pb.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <set>

#include "base/file.h"
#include "base/half.h"
#include "base/test_folder.h"
#include "cnclip/error.h"
#include "graph/builder.h"
#include "graph/passes.h"
#include "graph/shapes.h"

namespace cnclip {
namespace {

namespace fs = std::filesystem;

class OnnxExport : public testing::Test {
 protected:
  void weight(const std::string& name, const Shape& shape) {
    Tensor tensor = Tensor::allocate(DType::f32, shape);
    float next = 0.25f;
    for (float& value : tensor.mutable_data<float>()) value = next = std::fmod(next * 1.7f + 0.1f, 1.0f);
    weights_.set(name, tensor);
  }
  // One BERT-like block of width 4.
  Graph text_graph() {
    weight("word", {9, 4}), weight("place", {8, 4}), weight("type", {2, 4});
    weight("norm.weight", {4}), weight("norm.bias", {4}), weight("out", {4, 3});
    for (const char* part : {"q", "k", "v"}) {
      weight(std::string(part) + ".weight", {4, 4});
      weight(std::string(part) + ".bias", {4});
    }
    GraphBuilder g("text tower");
    Value x = g.layer_norm(g.embedding_sum(g.tokens(), {"word", "place", "type"}), "norm", 1e-12f);
    const Linear qkv{{"q.weight", "k.weight", "v.weight"}, {"q.bias", "k.bias", "v.bias"}};
    x = g.attention(g.linear(x, qkv), 2, Mask::lengths);
    const Value output = g.project(g.take_token(x, 0), "out");
    return std::move(g).finish(output);
  }
  Graph image_graph() {
    weight("patch", {4, 3, 2, 2});
    GraphBuilder g("image tower");
    const Value x = g.patch_embed(g.pixels(6, {0.5f, 0.5f, 0.5f}, {0.2f, 0.2f, 0.2f}), "patch", 2);
    const Value output = g.take_token(x, 0);
    return std::move(g).finish(output);
  }
  fs::path file() const { return folder_ / "model.onnx"; }
  static onnx::ModelProto parse(const fs::path& path) {
    onnx::ModelProto model;
    EXPECT_TRUE(model.ParseFromString(read_file(path)));
    return model;
  }
  static const onnx::TensorProto* initializer(const onnx::ModelProto& model, const std::string& name) {
    const auto& all = model.graph().initializer();
    const auto found = std::ranges::find(all, name, [](const auto& one) { return one.name(); });
    return found == all.end() ? nullptr : &*found;
  }
  static std::map<std::string, int> kinds(const onnx::ModelProto& model) {
    std::map<std::string, int> counts;
    for (const auto& node : model.graph().node()) ++counts[node.op_type()];
    return counts;
  }
  static std::vector<std::string> dims(const onnx::ValueInfoProto& info) {
    std::vector<std::string> made;
    for (const auto& dim : info.type().tensor_type().shape().dim()) {
      made.push_back(dim.has_dim_param() ? dim.dim_param() : std::to_string(dim.dim_value()));
    }
    return made;
  }

  TensorMap weights_;
  TestFolder folder_;
};

TEST_F(OnnxExport, TextTowerHasTheOfficialNamesAndFreeSizes) {
  const OnnxModel made = export_onnx(text_graph(), weights_, file(), {.producer_version = "1.2.3"});
  EXPECT_EQ(made.files, std::vector<fs::path>{file()});
  EXPECT_EQ(made.output.shape, (Shape{kBatch, 3}));
  const onnx::ModelProto model = parse(file());
  EXPECT_EQ(model.ir_version(), 8);
  EXPECT_EQ(model.opset_import(0).version(), 17);
  EXPECT_EQ(model.producer_name() + " " + model.producer_version(), "cnclip 1.2.3");
  ASSERT_EQ(model.graph().input_size(), 1);
  EXPECT_EQ(model.graph().input(0).name(), "text");
  EXPECT_EQ(model.graph().input(0).type().tensor_type().elem_type(), onnx::TensorProto::INT64);
  EXPECT_EQ(dims(model.graph().input(0)), (std::vector<std::string>{"batch", "length"}));
  ASSERT_EQ(model.graph().output_size(), 1);
  EXPECT_EQ(model.graph().output(0).name(), "unnorm_text_features");
  EXPECT_EQ(dims(model.graph().output(0)), (std::vector<std::string>{"batch", "3"}));
}

TEST_F(OnnxExport, ImageTowerTakesNormalisedPixels) {
  const OnnxModel made = export_onnx(image_graph(), weights_, file(), {});
  EXPECT_EQ(made.input.name, "image");
  const onnx::ModelProto model = parse(file());
  EXPECT_EQ(dims(model.graph().input(0)), (std::vector<std::string>{"batch", "3", "6", "6"}));
  EXPECT_EQ(model.graph().input(0).type().tensor_type().elem_type(), onnx::TensorProto::FLOAT);
  EXPECT_EQ(model.graph().output(0).name(), "unnorm_image_features");
  EXPECT_EQ(model.graph().node(0).op_type(), "Conv");
}

TEST_F(OnnxExport, NodesComeInOrderWithUniqueNames) {
  export_onnx(text_graph(), weights_, file(), {.dtype = DType::f16});
  const onnx::ModelProto model = parse(file());
  std::set<std::string> known{"text"};
  for (const auto& one : model.graph().initializer()) EXPECT_TRUE(known.insert(one.name()).second) << one.name();
  for (const auto& node : model.graph().node()) {
    for (const auto& input : node.input()) EXPECT_TRUE(known.contains(input)) << node.name() << " reads " << input;
    for (const auto& output : node.output()) EXPECT_TRUE(known.insert(output).second) << output;
  }
  EXPECT_TRUE(known.contains("unnorm_text_features"));
}

TEST_F(OnnxExport, TheLastBlockAsksForOneTokenOnly) {
  export_onnx(text_graph(), weights_, file(), {});
  const onnx::ModelProto model = parse(file());
  const auto* matrix = initializer(model, "k.weight+v.weight/transposed");  // stacked to one
  ASSERT_NE(matrix, nullptr);
  ASSERT_EQ(matrix->dims_size(), 2);
  EXPECT_EQ(matrix->dims(0), 4);
  EXPECT_EQ(matrix->dims(1), 8);
  const auto* values = reinterpret_cast<const float*>(matrix->raw_data().data());
  ASSERT_EQ(matrix->raw_data().size(), 32 * sizeof(float));
  const Tensor k = weights_.at("k.weight").load();
  EXPECT_EQ(values[2 * 8 + 1], k.data<float>()[1 * 4 + 2]);  // row 2 of the inputs, output 1 of K
  EXPECT_NE(initializer(model, "q.weight/transposed"), nullptr);
  EXPECT_EQ(kinds(model)["MatMul"], 5);  // query, keys with values, scores, values, projection
}

TEST_F(OnnxExport, BytesAreNormalisedInTheModel) {
  const OnnxModel made = export_onnx(image_graph(), weights_, file(), {.byte_pixels = true});
  EXPECT_EQ(made.input.dtype, DType::u8);
  const onnx::ModelProto model = parse(file());
  EXPECT_EQ(model.graph().input(0).type().tensor_type().elem_type(), onnx::TensorProto::UINT8);
  EXPECT_EQ(model.graph().node(0).op_type(), "Cast");
  const auto* scale = reinterpret_cast<const float*>(initializer(model, "pixels/scale")->raw_data().data());
  EXPECT_FLOAT_EQ(scale[1], 1 / (255 * 0.2f));
  const auto* shift = reinterpret_cast<const float*>(initializer(model, "pixels/shift")->raw_data().data());
  EXPECT_FLOAT_EQ(shift[1], -0.5f / 0.2f);
}

TEST_F(OnnxExport, FeaturesMayBeOfUnitLength) {
  const OnnxModel made = export_onnx(text_graph(), weights_, file(), {.unit_features = true});
  EXPECT_EQ(made.output.name, "text_features");
  const onnx::ModelProto model = parse(file());
  EXPECT_EQ(model.graph().output(0).name(), "text_features");
  EXPECT_EQ(model.graph().node(model.graph().node_size() - 1).op_type(), "Div");
  EXPECT_EQ(kinds(model)["ReduceL2"], 1);
}

TEST_F(OnnxExport, TheSameModelGivesTheSameBytes) {
  for (const DType type : {DType::f32, DType::f16}) {
    std::set<std::string> contents;
    for (int i = 0; i < 3; ++i) {
      export_onnx(text_graph(), weights_, file(), {.dtype = type, .inline_limit = 100});
      contents.insert(read_file(file()) + read_file(file().string() + ".data"));
    }
    EXPECT_EQ(contents.size(), 1U);
  }
}

TEST_F(OnnxExport, HalfPrecisionKeepsNormsAndSoftmaxInSingle) {
  export_onnx(text_graph(), weights_, file(), {.dtype = DType::f16});
  const onnx::ModelProto model = parse(file());
  EXPECT_EQ(initializer(model, "word")->data_type(), onnx::TensorProto::FLOAT16);
  const auto word = reinterpret_cast<const std::uint16_t*>(initializer(model, "word")->raw_data().data());
  EXPECT_EQ(word[3], float_to_half(weights_.at("word").load().data<float>()[3]));
  EXPECT_EQ(initializer(model, "norm.weight")->data_type(), onnx::TensorProto::FLOAT);
  EXPECT_EQ(initializer(model, "place+type")->data_type(), onnx::TensorProto::FLOAT);
  EXPECT_EQ(model.graph().output(0).type().tensor_type().elem_type(), onnx::TensorProto::FLOAT);

  std::map<std::string, const onnx::NodeProto*> made_by;
  const auto is_cast_to_f32 = [&](const std::string& name) {
    return made_by[name]->op_type() == "Cast" && made_by[name]->attribute(0).i() == onnx::TensorProto::FLOAT;
  };
  int norms = 0, softmaxes = 0;
  for (const auto& node : model.graph().node()) {
    for (const auto& output : node.output()) made_by[output] = &node;
    if (node.op_type() == "LayerNormalization") {  // of the embeddings' sum, which is f32 as well
      ++norms;
      const auto* sum = made_by[node.input(0)];
      ASSERT_EQ(sum->op_type(), "Add");
      EXPECT_TRUE(is_cast_to_f32(sum->input(0)));
    }
    if (node.op_type() == "Softmax") {
      ++softmaxes;
      const auto* masked = made_by[node.input(0)];
      ASSERT_EQ(masked->op_type(), "Add");
      EXPECT_TRUE(is_cast_to_f32(masked->input(0)));
    }
  }
  EXPECT_EQ(norms, 1);
  EXPECT_EQ(softmaxes, 1);
}

TEST_F(OnnxExport, HalfPrecisionAddsResidualsInSingle) {
  weight("patch", {4, 3, 2, 2}), weight("up", {4, 4}), weight("bias", {4});
  GraphBuilder g("image tower");
  const Value x = g.patch_embed(g.pixels(6, {}, {1, 1, 1}), "patch", 2);
  const Value output = g.take_token(g.linear(x, Linear{{"up"}, {"bias"}}, x), 0);
  export_onnx(std::move(g).finish(output), weights_, file(), {.dtype = DType::f16});
  const onnx::ModelProto model = parse(file());
  std::map<std::string, const onnx::NodeProto*> made_by;
  for (const auto& node : model.graph().node()) made_by[node.output(0)] = &node;
  const auto* residual = made_by[made_by["unnorm_image_features"]->input(0)];
  ASSERT_EQ(residual->op_type(), "Add");
  for (const auto& input : residual->input()) {
    ASSERT_EQ(made_by[input]->op_type(), "Cast");
    EXPECT_EQ(made_by[input]->attribute(0).i(), onnx::TensorProto::FLOAT);
  }
}

TEST_F(OnnxExport, BatchNormIsFolded) {
  weight("conv", {4, 3, 3, 3});
  for (const char* name : {"w", "b", "m", "v"}) weight(name, {4});
  weight("patch", {5, 4, 6, 6});
  GraphBuilder g("image tower");
  ConvBnAct conv;
  conv.weight = "conv";
  conv.norm = {{"w", "b", "m", "v", 1e-5f}};
  conv.padding = 1;
  conv.activation = Activation::relu;
  const Value x = g.conv_bn_act(g.pixels(6, {}, {1, 1, 1}), conv);
  const Value output = g.take_token(g.patch_embed(x, "patch", 6), 0);
  const Graph graph = std::move(g).finish(output);
  export_onnx(graph, weights_, file(), {});
  const auto counts = kinds(parse(file()));
  EXPECT_FALSE(counts.contains("BatchNormalization"));
  EXPECT_EQ(counts.at("Conv"), 2);
  EXPECT_EQ(counts.at("Relu"), 1);
  EXPECT_FALSE(weights_.contains("conv#bn"));  // the caller's weights are left alone
}

TEST_F(OnnxExport, LargeWeightsGoToAFileOfTheirOwn) {
  weight("wide", {32, 16});  // 2048 bytes: external; the smaller ones stay
  weight("patch16", {16, 3, 2, 2});
  GraphBuilder g("image tower");
  const Value x = g.patch_embed(g.pixels(6, {}, {1, 1, 1}), "patch16", 2);
  const Value output = g.take_token(g.linear(x, Linear{{"wide"}, {}}), 1);
  const Graph graph = std::move(g).finish(output);
  const OnnxModel made = export_onnx(graph, weights_, file(), {.inline_limit = 100});
  ASSERT_EQ(made.files.size(), 2U);
  EXPECT_EQ(made.files[1].filename(), "model.onnx.data");
  const onnx::ModelProto model = parse(file());
  const auto* wide = initializer(model, "wide/transposed");
  ASSERT_NE(wide, nullptr);
  EXPECT_EQ(wide->data_location(), onnx::TensorProto::EXTERNAL);
  EXPECT_TRUE(wide->raw_data().empty());
  std::map<std::string, std::string> entries;
  for (const auto& entry : wide->external_data()) entries[entry.key()] = entry.value();
  EXPECT_EQ(entries["location"], "model.onnx.data");
  EXPECT_EQ(entries["length"], "2048");
  EXPECT_EQ(std::stoul(entries["offset"]) % 4096, 0U);
  const std::string data = read_file(made.files[1]);
  ASSERT_EQ(data.size(), std::stoul(entries["offset"]) + 2048);
  const auto* values = reinterpret_cast<const float*>(data.data() + std::stoul(entries["offset"]));
  EXPECT_EQ(values[3 * 32 + 7], weights_.at("wide").load().data<float>()[7 * 16 + 3]);
  EXPECT_FALSE(initializer(model, "patch16")->raw_data().empty());
}

TEST_F(OnnxExport, WeightsAreReadOneAtATime) {
  int alive = 0, most = 0;
  const auto counted = [&](const Shape& shape) {
    return LazyTensor(DType::f32, shape, [&, shape] {
      most = std::max(most, ++alive);
      Tensor tensor = Tensor::allocate(DType::f32, shape);
      return Tensor(DType::f32, shape, {tensor.bytes().data(), [tensor, &alive](const std::byte*) { --alive; }});
    });
  };
  GraphBuilder g("image tower");
  weights_.set("patch", counted({4, 3, 2, 2}));
  Value x = g.patch_embed(g.pixels(6, {}, {1, 1, 1}), "patch", 2);
  for (int i = 0; i < 5; ++i) {
    const std::string name = "layer" + std::to_string(i);
    weights_.set(name, counted({4, 4}));
    x = g.linear(x, Linear{{name}, {}});
  }
  const Value output = g.take_token(x, 0);
  export_onnx(std::move(g).finish(output), weights_, file(), {});
  EXPECT_EQ(alive, 0);
  EXPECT_EQ(most, 1);
}

TEST_F(OnnxExport, FoldedPixelsAreRefused) {
  Graph graph = image_graph();
  optimize(graph, weights_);
  EXPECT_THROW(export_onnx(graph, weights_, file(), {}), Error);
  EXPECT_FALSE(fs::exists(file()));
}

TEST_F(OnnxExport, AWeightThatIsNoHalfLeavesNoFile) {
  const Graph graph = image_graph();
  Tensor large = Tensor::allocate(DType::f32, {4, 3, 2, 2});
  large.mutable_data<float>()[7] = 70000;
  weights_.set("patch", large);
  try {
    export_onnx(graph, weights_, file(), {.dtype = DType::f16});
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.category(), ErrorCategory::bad_input);
    EXPECT_EQ(std::string(error.what()), "patch as f16: value 7 is NaN or infinite");
  }
  EXPECT_TRUE(fs::is_empty(folder_));
  EXPECT_NO_THROW(export_onnx(graph, weights_, file(), {}));
}

TEST_F(OnnxExport, OtherPrecisionsAreAWrongUse) {
  try {
    export_onnx(image_graph(), weights_, file(), {.dtype = DType::bf16});
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.category(), ErrorCategory::usage);
  }
}

}  // namespace
}  // namespace cnclip
