#include <gtest/gtest.h>
#include <unistd.h>

#include <cmath>
#include <cstdlib>
#include <fstream>
#include <nlohmann/json.hpp>

#include "base/file.h"
#include "checkpoint/load.h"
#include "checkpoint/pickle.h"
#include "checkpoint/save.h"
#include "checkpoint/tensor_file.h"
#include "cnclip/error.h"
#include "model/parameters.h"

namespace cnclip {
namespace {

namespace fs = std::filesystem;

class Folder {
 public:
  Folder() : path_(fs::temp_directory_path() / ("cnclip-test-" + std::to_string(::getpid()))) {
    fs::create_directories(path_);
  }
  ~Folder() { fs::remove_all(path_); }
  fs::path operator/(const char* name) const { return path_ / name; }

 private:
  fs::path path_;
};

// Nothing when the data is not there.
fs::path test_data() {
  const char* data = std::getenv("CNCLIP_TEST_DATA");
  return data != nullptr && fs::exists(fs::path(data) / "checkpoints") ? fs::path(data) / "checkpoints" : fs::path();
}

Checkpoint tiny(const char* architecture = "tiny") {
  return initial_checkpoint(*find_architecture(architecture), 3, {}, {});
}

void expect_same(const TensorMap& a, const TensorMap& b) {
  ASSERT_EQ(a.size(), b.size());
  for (const auto& [name, tensor] : a) {
    const Tensor x = tensor.load(), y = b.at(name).load();
    EXPECT_EQ(x.shape(), y.shape()) << name;
    EXPECT_TRUE(std::equal(x.bytes().begin(), x.bytes().end(), y.bytes().begin(), y.bytes().end())) << name;
  }
}

TEST(Convert, RoundTripsThroughEveryLayout) {
  const Folder folder;
  const Checkpoint start = tiny();
  save_checkpoint(start, folder / "a.safetensors", Layout::safetensors);
  save_checkpoint(load_checkpoint(folder / "a.safetensors"), folder / "b", Layout::hugging_face);
  save_checkpoint(load_checkpoint(folder / "b"), folder / "c.pt", Layout::official);
  const Checkpoint end = load_checkpoint(folder / "c.pt");
  EXPECT_TRUE(end.config.same_sizes(start.config));
  expect_same(start.weights, end.weights);
}

TEST(Convert, ResNetHasNoHuggingFaceLayout) {
  const Folder folder;
  EXPECT_THROW(save_checkpoint(tiny("tiny-rn"), folder / "hf", Layout::hugging_face), Error);
  EXPECT_FALSE(fs::exists(folder / "hf"));
  save_checkpoint(tiny("tiny-rn"), folder / "rn.pt", Layout::official);
  expect_same(tiny("tiny-rn").weights, load_checkpoint(folder / "rn.pt").weights);
}

TEST(Load, EveryTruncationIsAnErrorNotACrash) {
  const Folder folder;
  Checkpoint checkpoint = tiny();
  save_checkpoint(checkpoint, folder / "whole.pt", Layout::official);
  const std::string bytes = read_file(folder / "whole.pt");
  for (std::size_t length = 0; length < bytes.size(); length += 1 + bytes.size() / 97) {
    write_file(folder / "cut.pt", std::string_view(bytes).substr(0, length));
    EXPECT_THROW(load_checkpoint(folder / "cut.pt"), Error) << length;
  }
}

TEST(Load, NotANumberIsNamed) {
  const Folder folder;
  Checkpoint checkpoint = tiny();
  checkpoint.weights.set("text_projection", [&] {
    Tensor tensor = Tensor::allocate(DType::f32, {128, 64});
    tensor.mutable_data<float>()[70] = NAN;
    return tensor;
  }());
  save_checkpoint(checkpoint, folder / "nan.safetensors", Layout::safetensors);
  const Checkpoint loaded = load_checkpoint(folder / "nan.safetensors");
  try {
    loaded.weights.at("text_projection").load();
    FAIL();
  } catch (const Error& error) {
    EXPECT_NE(std::string(error.what()).find("text_projection: value 70 is NaN"), std::string::npos) << error.what();
  }
}

TEST(Positions, CornersStayAndSameGridIsIdentity) {
  Tensor table = Tensor::allocate(DType::f32, {10, 1});
  for (int i = 0; i < 10; ++i) table.mutable_data<float>()[static_cast<std::size_t>(i)] = static_cast<float>(i * i);
  const Tensor same = resize_positions(table, 3), larger = resize_positions(table, 5);
  for (std::size_t i = 0; i < 10; ++i) EXPECT_FLOAT_EQ(same.data<float>()[i], table.data<float>()[i]);
  EXPECT_FLOAT_EQ(larger.data<float>()[0], 0);
  EXPECT_FLOAT_EQ(larger.data<float>()[1], 1);
  EXPECT_FLOAT_EQ(larger.data<float>()[25], 81);
}

TEST(Pickle, PlainValues) {
  const Pickle pickle = read_pickle(std::string_view("\x80\x04\x95\x17\0\0\0\0\0\0\0J\x79\x6c\x10\0M\xec\x20\x8c\x09"
                                                     "\xe9\xab\x98\xe7\xba\xa7\xe6\x84\x9f\x94\x87\x94.",
                                                     34),
                                    "test");
  const auto& tuple = std::get<PickleTuple>(pickle.root->data);
  ASSERT_EQ(tuple.items.size(), 3u);
  EXPECT_EQ(std::get<std::int64_t>(tuple.items[0]->data), 1076345);
  EXPECT_EQ(std::get<std::int64_t>(tuple.items[1]->data), 8428);
  EXPECT_EQ(std::get<std::string>(tuple.items[2]->data), "高级感");
}

TEST(Pickle, RefusesEveryOtherGlobal) {
  try {
    read_pickle("cos\nsystem\n(S'true'\ntR.", "evil");
    FAIL();
  } catch (const Error& error) {
    EXPECT_NE(std::string(error.what()).find("refused global os.system"), std::string::npos);
  }
}

TEST(TensorFile, ReadsWhatOthersWrote) {
  const fs::path data = test_data();
  if (data.empty()) GTEST_SKIP() << "no test data";
  const std::map<std::string, std::string> types = {
      {"half", "f16"},  {"float", "f32"}, {"double", "f64"}, {"bfloat16", "bf16"}, {"char", "i8"},
      {"short", "i16"}, {"int", "i32"},   {"long", "i64"},   {"byte", "u8"},       {"bool", "bool"},
      {"F32", "f32"},   {"F16", "f16"},   {"I64", "i64"}};
  std::ifstream list(data / "expected.jsonl");
  int read = 0;
  for (std::string line; std::getline(list, line);) {
    const auto expected = nlohmann::json::parse(line);
    const fs::path file = data / expected["file"].get<std::string>();
    SCOPED_TRACE(file.string());
    if (expected.contains("error")) {
      // Archives of TorchScript may be read; nothing may crash.
      try {
        read_tensor_file(file);
      } catch (const Error&) {
      }
      continue;
    }
    const TensorFile tensors = read_tensor_file(file);
    EXPECT_EQ(tensors.tensors.size(), expected["tensors"].size());
    for (const auto& wanted : expected["tensors"]) {
      const LazyTensor* found = tensors.tensors.find(wanted["name"].get<std::string>());
      ASSERT_NE(found, nullptr) << wanted["name"];
      EXPECT_EQ(name_of(found->dtype), types.at(wanted["dtype"]));
      EXPECT_EQ(found->shape, wanted["shape"].get<Shape>());
      const Tensor values = found->load().to(DType::f64);
      double sum = 0;
      for (const double value : values.data<double>()) sum += value;
      if (wanted["sum"].is_number()) {
        EXPECT_NEAR(sum, wanted["sum"].get<double>(), 1e-4 * (1 + std::abs(sum))) << wanted["name"];
      }
      for (std::size_t i = 0; i < wanted["first"].size(); ++i) {
        if (wanted["first"][i].is_number()) {
          EXPECT_NEAR(values.data<double>()[i], wanted["first"][i].get<double>(), 1e-6) << wanted["name"];
        }
      }
    }
    ++read;
  }
  EXPECT_GE(read, 35);
}

TEST(TensorFile, ReadsNothingMalicious) {
  const fs::path data = test_data();
  if (data.empty()) GTEST_SKIP() << "no test data";
  int refused = 0;
  for (const auto& entry : fs::directory_iterator(data / "pickle-malicious")) {
    EXPECT_THROW(read_tensor_file(entry.path()), Error) << entry.path();
    ++refused;
  }
  EXPECT_GE(refused, 20);
}

TEST(TensorFile, NamesForeignFiles) {
  const Folder folder;
  const std::pair<const char*, const char*> cases[] = {
      {"version https://git-lfs.github.com/spec/v1\n", "Git LFS pointer"},
      {"<!DOCTYPE html>", "web page"},
      {"", "empty"},
      {"GGUF....", "GGUF"},
      {"hello", "no checkpoint"}};
  for (const auto& [bytes, what] : cases) {
    write_file(folder / "f.pt", bytes);
    try {
      read_tensor_file(folder / "f.pt");
      FAIL() << what;
    } catch (const Error& error) {
      EXPECT_NE(std::string(error.what()).find(what), std::string::npos) << error.what();
    }
  }
}

}  // namespace
}  // namespace cnclip
