#include "checkpoint/safetensors.h"
#include "checkpoint/test_files.h"

namespace cnclip {
namespace {

using namespace std::literals;

TEST(ForeignFiles, AreNamedForWhatTheyAre) {
  const TestFolder folder;
  const std::pair<std::string_view, std::string_view> cases[] = {
      {"", "is empty"},
      {"version https://git-lfs.github.com/spec/v1\noid sha256:0", "run `git lfs pull`"},
      {"\r\n <!doctype HTML><p>404", "is a web page"},
      {"<HTML>", "is a web page"},
      {"<?xml version=\"1.0\"?>", "is XML"},
      {"{\"error\": \"no access\"}", "is JSON"},
      {"[1, 2]", "is JSON"},
      {"\x93NUMPY\x01", "NumPy"},
      {"\x89HDF\r\n\x1a\n", "HDF5"},
      {"GGUF\x03\0\0\0"sv, "GGUF"},
      {"\x08\x07\x12\x07pytorch", "ONNX"},
      {"\x08\x0a\x3a\x05"sv, "ONNX"},  // no producer, the graph at once
      {"\x08\x01\x12\x80\x02"sv, "TensorFlow SavedModel"},
      {"keys of a table, and its footer: \x57\xfb\x80\x8b\x24\x75\x47\xdb", "index of a TensorFlow checkpoint"},
      {"\x08\x02"sv, "is no checkpoint"},
      {"\x1f\x8b\x08", "gzip"},
      {"PK\x05\x06"sv, "empty zip"},
      {"\x89PNG\r\n\x1a\n", "PNG"},
      {"\x80\x02}q\0."sv, "holds no tensors"},
      {"no", "is no checkpoint"},
      {"a longer text of any kind", "is no checkpoint"},
  };
  for (const auto& [bytes, what] : cases) {
    const std::string message = error_of_bytes(folder, bytes);
    EXPECT_NE(message.find(what), std::string::npos) << message;
    EXPECT_TRUE(message.starts_with((folder / "bytes.bin").string())) << message;
  }
  EXPECT_NE(error_of([&] { read_tensor_file(folder / "nowhere.pt"); }).find("nowhere.pt"), std::string::npos);
  put_bytes(folder / "bert_model.ckpt.data-00000-of-00001", "\x80\x02");
  EXPECT_TRUE(mentions(error_of([&] { read_tensor_file(folder / "bert_model.ckpt.data-00000-of-00001"); }),
                       "is part of a TensorFlow checkpoint"));
}

class Shards : public testing::Test {
 protected:
  void SetUp() override {
    write("one.safetensors", {{"a", 1.0f}, {"both", 2.0f}});
    write("two.safetensors", {{"b", 3.0f}, {"both", 4.0f}, {"unlisted", 5.0f}});
  }
  void write(const std::string& name, const std::map<std::string, float>& values) {
    TensorMap tensors;
    for (const auto& [key, value] : values) tensors.set(key, Tensor::from_floats({1}, std::vector<float>{value}));
    write_safetensors(folder_ / name, tensors, {});
  }
  TensorFile read(std::string_view index) {
    write_file(folder_ / "model.safetensors.index.json", index);
    return read_tensor_file(folder_ / "model.safetensors.index.json");
  }
  std::string refusal(std::string_view index) {
    return error_of([&] { read(index); });
  }

  TestFolder folder_;
};

TEST_F(Shards, EachTensorComesFromTheShardThatTheIndexNames) {
  const TensorFile file = read(
      R"({"metadata":{"total_size":12},"weight_map":{"a":"one.safetensors","b":"two.safetensors","both":"one.safetensors"}})");
  ASSERT_EQ(file.tensors.size(), 3u);
  EXPECT_EQ(file.tensors.at("both").load().data<float>()[0], 2);
  EXPECT_EQ(file.tensors.at("b").load().data<float>()[0], 3);
}

TEST_F(Shards, NamesThatLeaveTheFolderAreRefused) {
  for (const std::string name :
       {"../one.safetensors", "/etc/passwd", "..", ".", "", "sub/one", "..\\\\one", "one\\u0000"}) {
    const std::string message = refusal(R"({"weight_map":{"a":")" + name + R"("}})");
    EXPECT_NE(message.find("not a file beside the index"), std::string::npos) << message;
  }
}

TEST_F(Shards, BrokenIndexesAreRefused) {
  EXPECT_NE(refusal(R"({"weight_map":{"a":"two.safetensors"}})").find("tensor a is not in two.safetensors"),
            std::string::npos);
  EXPECT_NE(refusal(R"({"weight_map":{"a":"three.safetensors"}})").find("three.safetensors"), std::string::npos);
  EXPECT_NE(refusal(R"({"weight_map":{"a":3}})").find("is not a name"), std::string::npos);
  // An index as its own shard must not be followed.
  EXPECT_NE(refusal(R"({"weight_map":{"a":"model.safetensors.index.json"}})").find("is JSON"), std::string::npos);
  EXPECT_NE(refusal(R"({"weight_map":{}})").find("holds no tensors"), std::string::npos);
  EXPECT_NE(refusal("[").find("no weight_map"), std::string::npos);
}

}  // namespace
}  // namespace cnclip
