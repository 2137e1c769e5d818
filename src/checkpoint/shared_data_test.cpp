// Checkpoints that other projects wrote, in the test data: what each holds stands in expected.jsonl.
#include <cmath>
#include <cstdlib>
#include <fstream>
#include <nlohmann/json.hpp>

#include "checkpoint/test_files.h"

namespace cnclip {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::json;

class SharedData : public testing::Test {
 protected:
  void SetUp() override {
    const char* data = std::getenv("CNCLIP_TEST_DATA");
    if (data == nullptr || !fs::exists(fs::path(data) / "checkpoints")) GTEST_SKIP() << "no test data";
    folder_ = fs::path(data) / "checkpoints";
  }
  fs::path folder_;
};

const std::map<std::string, std::string> kTypes = {
    {"half", "f16"},  {"float", "f32"}, {"double", "f64"}, {"bfloat16", "bf16"}, {"char", "i8"},
    {"short", "i16"}, {"int", "i32"},   {"long", "i64"},   {"byte", "u8"},       {"bool", "bool"},
    {"F32", "f32"},   {"F16", "f16"},   {"I64", "i64"}};

void expect_value(double value, const Json& wanted, double tolerance) {
  if (wanted == "nan") {
    EXPECT_TRUE(std::isnan(value));
  } else if (wanted.is_string()) {
    EXPECT_EQ(value, wanted == "inf" ? INFINITY : -INFINITY) << wanted;
  } else {
    EXPECT_NEAR(value, wanted.get<double>(), tolerance * (1 + std::abs(value)));
  }
}

void expect_tensor(const LazyTensor& tensor, const Json& wanted) {
  SCOPED_TRACE(wanted["name"]);
  EXPECT_EQ(name_of(tensor.dtype), kTypes.at(wanted["dtype"]));
  EXPECT_EQ(tensor.shape, wanted["shape"].get<Shape>());
  const Tensor loaded = tensor.load().to(DType::f64);
  const auto values = loaded.data<double>();
  double sum = 0;
  for (const double value : values) sum += value;
  expect_value(sum, wanted["sum"], 1e-5);
  ASSERT_EQ(wanted["first"].size(), std::min<std::size_t>(values.size(), 4));
  for (std::size_t i = 0; i < wanted["first"].size(); ++i) expect_value(values[i], wanted["first"][i], 1e-9);
  if (!values.empty()) expect_value(values.back(), wanted["last"], 1e-9);
}

TEST_F(SharedData, EveryTensorIsReadAsItIsWrittenThere) {
  std::ifstream list(folder_ / "expected.jsonl");
  int read = 0;
  for (std::string line; std::getline(list, line);) {
    const Json expected = Json::parse(line);
    if (expected.contains("error")) continue;
    const fs::path path = folder_ / expected["file"].get<std::string>();
    SCOPED_TRACE(path.string());
    const TensorFile file = read_tensor_file(path);
    EXPECT_EQ(file.tensors.size(), expected["tensors"].size());
    for (const Json& wanted : expected["tensors"]) {
      const LazyTensor* found = file.tensors.find(wanted["name"].get<std::string>());
      ASSERT_NE(found, nullptr) << wanted["name"];
      expect_tensor(*found, wanted);
    }
    if (expected.contains("metadata") && !expected["metadata"].is_null()) {
      EXPECT_EQ(file.metadata, (expected["metadata"].get<std::map<std::string, std::string>>()));
    }
    ++read;
  }
  EXPECT_EQ(read, 37);
}

// Where the list has an error instead. The tar format of torch before 0.2 is refused by choice: nobody has a CLIP in
// it. The two TorchScript archives are read, and hold code but no tensors.
TEST_F(SharedData, WhatHoldsNoTensorsSaysWhy) {
  const std::pair<const char*, std::string_view> cases[] = {
      {"pytorch/broken.pt", "is no checkpoint: neither a torch file nor safetensors (3 bytes)"},
      {"pytorch/tar_float32.tar", "is a tar archive"},
      {"pytorch/foo1.pt", "holds no tensors"},
      {"pytorch/foo2.pt", "holds no tensors"},
      {"safetensors/spt_model.safetensors", "is a Git LFS pointer"}};
  std::ifstream list(folder_ / "expected.jsonl");
  std::size_t errors = 0;
  for (std::string line; std::getline(list, line);) errors += Json::parse(line).contains("error") ? 1 : 0;
  EXPECT_EQ(errors, std::size(cases));
  for (const auto& [name, what] : cases) {
    const std::string message = error_of([&] { read_tensor_file(folder_ / name); });
    EXPECT_TRUE(mentions(message, what)) << message;
  }
}

TEST_F(SharedData, NothingMaliciousIsReadAsTensors) {
  int refused = 0, by_global = 0;
  for (const auto& entry : fs::directory_iterator(folder_ / "pickle-malicious")) {
    const std::string message = error_of([&] { read_tensor_file(entry.path()); });
    EXPECT_TRUE(message.starts_with(entry.path().string())) << message;
    by_global += mentions(message, "refused global") ? 1 : 0;
    ++refused;
  }
  EXPECT_EQ(refused, 24);
  EXPECT_GE(by_global, 7);
}

}  // namespace
}  // namespace cnclip
