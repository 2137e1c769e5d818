#include "export/package.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>
#include <set>

#include "base/error.h"
#include "base/file.h"
#include "base/test_errors.h"
#include "base/test_folder.h"
#include "engine/reference/reference.h"
#include "model/parameters.h"
#include "model/towers.h"

namespace cnclip {
namespace {

namespace fs = std::filesystem;

// Answers as the test says instead of reading the file.
class Answers final : public OnnxImporter {
 public:
  explicit Answers(std::vector<Tensor> answers) : answers_(std::move(answers)) {}
  std::string name() const override { return "answers"; }
  std::unique_ptr<ImportedOnnx> load(const fs::path& file) override {
    EXPECT_TRUE(fs::exists(file));
    struct Model final : ImportedOnnx {
      explicit Model(Answers& owner) : from(owner) {}
      Tensor run(const Tensor&) override { return from.answers_.at(from.next_++); }
      Answers& from;
    };
    return std::make_unique<Model>(*this);
  }

 private:
  std::vector<Tensor> answers_;
  std::size_t next_ = 0;
};

class Package : public testing::Test {
 protected:
  Package() {
    ModelConfig config = *find_architecture("tiny");
    config.text.vocab_size = 200;
    checkpoint_.config = config;
    checkpoint_.weights = initial_weights(config, 1);
    inputs_.texts = {{101, 7, 102}, {101, 102}};
    options_.image = false;
  }
  fs::path target() const { return folder_ / "out"; }
  std::set<std::string> names() const {
    std::set<std::string> found;
    for (const auto& entry : fs::directory_iterator(folder_)) {
      found.insert(entry.path().filename());
      if (!entry.is_directory()) continue;
      for (const auto& file : fs::directory_iterator(entry)) found.insert("out/" + file.path().filename().string());
    }
    return found;
  }
  nlohmann::json manifest() const { return nlohmann::json::parse(read_file(target() / "manifest.json")); }

  // What the reference engine makes of the texts: one batch, then each alone.
  std::vector<Tensor> right_answers() {
    const auto program = make_reference_engine()->compile(text_tower(checkpoint_.config), checkpoint_.weights, {});
    const std::vector<std::int32_t> ids{101, 7, 102, 101, 102}, lengths{3, 2};
    const std::int64_t width = program->feature_size();
    std::vector<float> features(2 * static_cast<std::size_t>(width));
    program->run({2, {}, ids, lengths}, features);
    const auto half = static_cast<std::ptrdiff_t>(width);
    return {Tensor::from_floats({2, width}, features),
            Tensor::from_floats({1, width}, std::vector(features.begin(), features.begin() + half)),
            Tensor::from_floats({1, width}, std::vector(features.begin() + half, features.end()))};
  }
  void export_checked_by(std::vector<Tensor> answers) {
    Answers importer(std::move(answers));
    const auto engine = make_reference_engine();
    const PackageCheck check{{*engine, importer}, inputs_};
    write_package(target(), checkpoint_, options_, &check);
  }

  Checkpoint checkpoint_;
  PackageOptions options_;
  CheckInputs inputs_;
  TestFolder folder_;
};

TEST_F(Package, TheManifestTellsWhatTheCheckFound) {
  export_checked_by(right_answers());
  EXPECT_EQ(manifest()["text"]["check"]["runtime"], "answers");
  EXPECT_EQ(manifest()["text"]["check"]["rows"], 2);
  EXPECT_NEAR(manifest()["text"]["check"]["least_cosine"], 1.0, 1e-9);
  EXPECT_EQ(manifest()["text"]["check"]["largest_difference"], 0.0);
  EXPECT_FALSE(manifest().contains("image"));
  const std::string fingerprint = manifest()["fingerprint"];
  checkpoint_.weights = initial_weights(checkpoint_.config, 2);
  write_package(target(), checkpoint_, options_, nullptr);
  EXPECT_EQ(manifest()["text"]["check"], "not checked");
  EXPECT_NE(manifest()["fingerprint"], fingerprint);
}

TEST_F(Package, AnExportThatDiffersIsNotWritten) {
  // A wrong row, a wrong length, NaN, and a wrong answer for a text alone.
  for (const int kind : {0, 1, 2, 3}) {
    std::vector<Tensor> answers = right_answers();
    const auto values = answers[kind == 3 ? 2 : 0].mutable_data<float>();
    if (kind == 0 || kind == 3) values.back() += 1;
    if (kind == 1) std::ranges::transform(values, values.begin(), [](float v) { return v * 1.01f; });
    if (kind == 2) values[3] = std::nanf("");
    const std::string message = message_of([&] { export_checked_by(answers); });
    EXPECT_NE(message.find((target() / "text.onnx").string()), std::string::npos) << message;
    EXPECT_NE(message.find("makes other features"), std::string::npos) << message;
    EXPECT_EQ(names(), std::set<std::string>{});
  }
  std::vector<Tensor> answers = right_answers();
  answers[0] = answers[1];
  EXPECT_NE(message_of([&] { export_checked_by(answers); }).find("of 2 rows"), std::string::npos);
  write_package(target(), checkpoint_, options_, nullptr);
  const std::string before = read_file(target() / "manifest.json");
  EXPECT_NE(message_of([&] { export_checked_by(answers); }).find("of 2 rows"), std::string::npos);
  EXPECT_EQ(names(), (std::set<std::string>{"out", "out/manifest.json", "out/text.onnx"}));
  EXPECT_EQ(read_file(target() / "manifest.json"), before);
}

TEST_F(Package, OnlyAnExportIsReplaced) {
  fs::create_directory(target());
  options_.image = true;
  options_.onnx.inline_limit = 1000;
  write_package(target(), checkpoint_, options_, nullptr);  // into an empty folder
  EXPECT_EQ(names(), (std::set<std::string>{"out", "out/image.onnx", "out/image.onnx.data", "out/manifest.json",
                                            "out/text.onnx", "out/text.onnx.data"}));
  options_.image = false;
  options_.onnx.inline_limit = std::size_t{1} << 30;
  write_package(target(), checkpoint_, options_, nullptr);  // over the other: nothing of it is left
  EXPECT_EQ(names(), (std::set<std::string>{"out", "out/manifest.json", "out/text.onnx"}));

  write_file(target() / "text.plan", "made of the export by somebody else");
  const auto refused = [&] { return message_of([&] { write_package(target(), checkpoint_, options_, nullptr); }); };
  EXPECT_NE(refused().find("holds text.plan"), std::string::npos);
  fs::remove(target() / "text.plan");
  for (const char* other : {"{}", "[", R"({"format": "other", "files": [{"name": "text.onnx"}]})",
                            R"({"format": "cnclip-onnx", "files": [1, {"name": 2}, {}]})"}) {
    write_file(target() / "manifest.json", other);
    EXPECT_NE(refused().find("out: holds "), std::string::npos) << other;
    EXPECT_EQ(read_file(target() / "manifest.json"), other);
  }
}

// Stands for TensorRT.
class Plans final : public TowerBuilder {
 public:
  TensorRtTarget target() const override { return {"TensorRT 10.16.1", "Some GPU"}; }
  void build(const OnnxModel& model, const TensorRtProfile& profile, const fs::path& plan) override {
    EXPECT_TRUE(fs::exists(model.files.at(0)));
    EXPECT_EQ(profile.most, (Shape{256, 52}));
    if (fails) throw_unavailable("{}: no engine", model.files.at(0).string());
    write_file(plan, "engine");
  }
  bool fails = false;
};

TEST_F(Package, EnginesTakeThePlaceOfTheirFiles) {
  Plans builder;
  options_.onnx.inline_limit = 1000;  // external data goes with the model
  Answers importer(right_answers());
  const auto engine = make_reference_engine();
  const PackageCheck check{{*engine, importer}, inputs_};
  const auto towers = write_package(target(), checkpoint_, options_, &check, &builder);
  EXPECT_EQ(towers.at(0).model.files.at(0).filename(), "text.plan");
  EXPECT_EQ(names(), (std::set<std::string>{"out", "out/manifest.json", "out/text.plan"}));
  const nlohmann::json made = manifest();
  EXPECT_EQ(made["format"], "cnclip-tensorrt");
  EXPECT_EQ(made["tensorrt"], (nlohmann::json{{"version", "TensorRT 10.16.1"}, {"device", "Some GPU"}}));
  EXPECT_EQ(made["text"]["file"], "text.plan");
  EXPECT_EQ(made["text"]["tensorrt"]["profile"]["max"], (nlohmann::json{256, 52}));
  EXPECT_FALSE(made["text"]["tensorrt"].contains("command"));
  EXPECT_EQ(made["text"]["check"]["runtime"], "answers");
  EXPECT_EQ(made["files"][0]["bytes"], 6);

  builder.fails = true;
  const std::string message = message_of([&] { write_package(target(), checkpoint_, options_, nullptr, &builder); });
  EXPECT_EQ(message, (target() / "text.onnx: no engine").string());
  EXPECT_EQ(manifest(), made);  // as it was
  options_.onnx.inline_limit = std::size_t{1} << 30;
  write_package(target(), checkpoint_, options_, nullptr);  // files over engines
  EXPECT_EQ(names(), (std::set<std::string>{"out", "out/manifest.json", "out/text.onnx"}));
  EXPECT_EQ(manifest()["format"], "cnclip-onnx");
}

TEST_F(Package, WhatMultipliesHalvesMayDifferMore) {
  class Halves final : public OnnxImporter {
   public:
    explicit Halves(std::vector<Tensor> answers) : inner_(std::move(answers)) {}
    std::string name() const override { return "halves"; }
    bool keeps_types() const override { return true; }
    std::unique_ptr<ImportedOnnx> load(const fs::path& file) override { return inner_.load(file); }

   private:
    Answers inner_;
  };
  // A cosine of 0.9995 or so: more than halved weights explain, and less than halved products do.
  const auto nearly = [&] {
    std::vector<Tensor> answers = right_answers();
    for (Tensor& answer : answers) {
      const auto values = answer.mutable_data<float>();
      for (std::size_t i = 0; i < values.size(); ++i) values[i] *= i % 2 == 0 ? 1.03f : 0.97f;
    }
    return answers;
  };
  options_.onnx.dtype = DType::f16;
  EXPECT_NE(message_of([&] { export_checked_by(nearly()); }).find("do not bear f16"), std::string::npos);
  Halves importer(nearly());
  const auto engine = make_reference_engine();
  const PackageCheck check{{*engine, importer}, inputs_};
  write_package(target(), checkpoint_, options_, &check);
  EXPECT_EQ(manifest()["text"]["check"]["precision"], "of the file");
}

TEST(CheckInputs, AreDrawn) {
  const CheckInputs inputs = drawn_check_inputs(64, 52), again = drawn_check_inputs(64, 52);
  EXPECT_EQ(inputs.pixels.size(), 4U * 3 * 64 * 64);
  EXPECT_EQ(inputs.pixels, again.pixels);
  EXPECT_EQ(inputs.texts, again.texts);
  std::set<std::size_t> lengths;
  for (const auto& text : inputs.texts) lengths.insert(text.size());
  EXPECT_EQ(*lengths.begin(), 3U);
  EXPECT_EQ(*lengths.rbegin(), 52U);
}

}  // namespace
}  // namespace cnclip
