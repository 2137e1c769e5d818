#include "export/manifest.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "base/file.h"
#include "base/test_folder.h"
#include "cnclip/error.h"
#include "graph/shapes.h"

namespace cnclip {
namespace {

TEST(Manifest, SaysWhatAUserNeeds) {
  const TestFolder folder;
  write_file(folder / "image.onnx", "abc");
  write_file(folder / "image.onnx.data", "");
  write_file(folder / "text.onnx", std::string(1000, 'x'));
  const OnnxModel image{{folder / "image.onnx", folder / "image.onnx.data"},
                        {"image", DType::f32, {kBatch, 3, 64, 64}},
                        {"unnorm_image_features", DType::f32, {kBatch, 32}}};
  const OnnxModel text{{folder / "text.onnx"},
                       {"text", DType::i64, {kBatch, kLength}},
                       {"unnorm_text_features", DType::f32, {kBatch, 32}}};
  ManifestInfo info;
  info.model = "tiny";
  info.architecture = R"({"embed_dim": 32})";
  info.image_size = 64;
  info.normalization = {{0.5f, 0.25f, 0.125f}, {0.5f, 0.5f, 0.5f}};
  info.fingerprint = "abc";
  info.onnx.dtype = DType::f16;
  info.logit_scale = 100;
  const CheckResult check{"Some Runtime 1.2", "drawn", 6, 0.99999, 0.001};
  const std::vector<ManifestTower> towers{{"image", image, check, 7}, {"text", text, {}, 0}};
  write_manifest(folder, info, towers);

  const auto json = nlohmann::json::parse(read_file(folder / "manifest.json"));
  EXPECT_EQ(json["format_version"], 2);
  EXPECT_EQ(json["fingerprint"], "abc");
  EXPECT_EQ(json["opset"], 17);
  EXPECT_EQ(json["int8_layers"], nlohmann::json({{"image", 7}, {"text", 0}}));
  EXPECT_EQ(json["features"], "raw");
  EXPECT_EQ(json["image"]["check"]["runtime"], "Some Runtime 1.2");
  EXPECT_EQ(json["image"]["check"]["rows"], 6);
  EXPECT_EQ(json["image"]["check"]["least_cosine"], 0.99999);
  EXPECT_EQ(json["text"]["check"], "not checked");
  EXPECT_EQ(json["image"]["tensorrt"]["profile"]["max"], nlohmann::json({256, 3, 64, 64}));
  EXPECT_EQ(json["text"]["tensorrt"]["profile"]["min"], nlohmann::json({1, 2}));
  EXPECT_EQ(json["text"]["tensorrt"]["command"],
            "trtexec --onnx=text.onnx --saveEngine=text.plan --stronglyTyped --minShapes=text:1x2 "
            "--optShapes=text:32x16 --maxShapes=text:256x52");
  EXPECT_EQ(json["model"], "tiny");
  EXPECT_EQ(json["architecture"]["embed_dim"], 32);
  EXPECT_EQ(json["dtype"], "float16");
  EXPECT_EQ(json["logit_scale"], 100.0);
  EXPECT_EQ(json["preprocessing"]["size"], 64);
  EXPECT_EQ(json["preprocessing"]["mean"], nlohmann::json({0.5, 0.25, 0.125}));
  EXPECT_EQ(json["tokenization"]["context_length"], 52);
  EXPECT_EQ(json["image"]["file"], "image.onnx");
  EXPECT_EQ(json["image"]["external_data"], "image.onnx.data");
  EXPECT_EQ(json["image"]["inputs"][0]["shape"], nlohmann::json({"batch", 3, 64, 64}));
  EXPECT_FALSE(json["text"].contains("external_data"));
  EXPECT_EQ(json["text"]["inputs"][0]["dtype"], "int64");
  EXPECT_EQ(json["text"]["outputs"][0]["name"], "unnorm_text_features");
  ASSERT_EQ(json["files"].size(), 3U);
  EXPECT_EQ(json["files"][0]["bytes"], 3);
  EXPECT_EQ(json["files"][0]["sha256"], "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  EXPECT_EQ(json["files"][1]["sha256"], "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");

  EXPECT_EQ(files_of_manifest(read_file(folder / "manifest.json")),
            (std::set<std::string>{"image.onnx", "image.onnx.data", "manifest.json", "text.onnx"}));

  info.architecture = "{";
  EXPECT_THROW(write_manifest(folder, info, towers), Error);
}

}  // namespace
}  // namespace cnclip
