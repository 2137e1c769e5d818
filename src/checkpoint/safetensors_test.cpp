#include "checkpoint/safetensors.h"

#include "checkpoint/test_files.h"

namespace cnclip {
namespace {

using namespace std::literals;

std::string safetensors(const std::string& header, std::size_t data) {
  const std::uint64_t length = header.size();
  std::string bytes(reinterpret_cast<const char*>(&length), 8);
  bytes += header;
  for (std::size_t i = 0; i < data; ++i) bytes += static_cast<char>(i);
  return bytes;
}

TensorMap every_type() {
  TensorMap tensors;
  for (const DType type : {DType::boolean, DType::u8, DType::i8, DType::f16, DType::bf16, DType::i16, DType::f32,
                           DType::i32, DType::f64, DType::i64}) {
    Tensor tensor = Tensor::allocate(type, {3, 1});
    int i = 0;
    for (std::byte& byte : tensor.mutable_data<std::byte>())
      byte = static_cast<std::byte>(type == DType::boolean ? 1 : ++i);
    tensors.set("weights." + std::string(name_of(type)), tensor);
  }
  tensors.set("scalar", Tensor::from_floats({}, std::vector<float>{2.5f}));
  tensors.set("none", Tensor::allocate(DType::f32, {0, 4}));
  tensors.set("中文 \"quoted\"\n", Tensor::from_floats({1}, std::vector<float>{-1}));
  return tensors;
}

TEST(Safetensors, RoundTripKeepsEveryByteAligned) {
  const TestFolder folder;
  const TensorMap tensors = every_type();
  write_safetensors(folder / "a.safetensors", tensors, {{"format", "pt"}, {"name", "试验"}});
  const TensorFile file = read_tensor_file(folder / "a.safetensors");
  EXPECT_EQ(file.metadata.at("name"), "试验");
  ASSERT_EQ(file.tensors.size(), tensors.size());
  const auto mapped = MappedFile::open(folder / "a.safetensors");
  for (const auto& [name, tensor] : tensors) {
    const Tensor before = tensor.load(), after = file.tensors.at(name).load();
    EXPECT_EQ(before.dtype(), after.dtype()) << name;
    EXPECT_EQ(before.shape(), after.shape()) << name;
    EXPECT_TRUE(std::equal(before.bytes().begin(), before.bytes().end(), after.bytes().begin(), after.bytes().end()))
        << name;
  }
}

TEST(Safetensors, DataAtOddPlacesIsCopiedToAlignedOnes) {
  const TestFolder folder;
  write_file(
      folder / "odd.safetensors",
      safetensors(
          R"({"a":{"dtype":"U8","shape":[1],"data_offsets":[0,1]},"b":{"dtype":"F32","shape":[2],"data_offsets":[1,9]}} )",
          9));
  const Tensor b = read_tensor_file(folder / "odd.safetensors").tensors.at("b").load();
  EXPECT_EQ(reinterpret_cast<std::uintptr_t>(b.bytes().data()) % 4, 0u);
  EXPECT_EQ(b.data<std::uint32_t>()[0], 0x04030201u);
}

TEST(Safetensors, EveryLieIsNamed) {
  const TestFolder folder;
  struct Case {
    std::string header;
    std::size_t data;
    std::string_view message;
  };
  const std::string deep = R"({"a":{"dtype":"F32","shape":)" + std::string(100000, '[');
  const Case cases[] = {
      {R"({"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}})", 7, "cut short"},
      {R"({"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}})", 9, "1 bytes after the last tensor"},
      {R"({"a":{"dtype":"F32","shape":[2],"data_offsets":[4,12]}})", 12, "begins at 4"},
      {R"({"a":{"dtype":"U8","shape":[4],"data_offsets":[0,4]},"b":{"dtype":"U8","shape":[4],"data_offsets":[2,6]}})",
       6, "begins at 2"},
      {R"({"a":{"dtype":"U8","shape":[4],"data_offsets":[0,4]},"a":{"dtype":"U8","shape":[4],"data_offsets":[4,8]}})",
       8, "names a twice"},
      {R"({"a":{"dtype":"U8","dtype":"U8","shape":[4],"data_offsets":[0,4]}})", 4, "names dtype twice"},
      {R"({"a":{"dtype":"F32","shape":[2],"data_offsets":[0,4]}})", 4, "do not fit the shape"},
      {R"({"a":{"dtype":"F32","shape":[2],"data_offsets":[8,0]}})", 8, "do not fit the shape"},
      {R"({"a":{"dtype":"F32","shape":[-2],"data_offsets":[0,8]}})", 8, "shape is not of sizes"},
      {R"({"a":{"dtype":"F32","shape":[2.0],"data_offsets":[0,8]}})", 8, "shape is not of sizes"},
      {R"({"a":{"dtype":"F32","shape":[9223372036854775807,9223372036854775807],"data_offsets":[0,8]}})", 8,
       "too large"},
      {R"({"a":{"dtype":"F32","shape":[18446744073709551615],"data_offsets":[0,8]}})", 8, "shape is not of sizes"},
      {R"({"a":{"dtype":"F8_E4M3","shape":[2],"data_offsets":[0,2]}})", 2, "element type is not supported"},
      {R"({"a":{"dtype":"F32","shape":[2]}})", 8, "needs dtype, shape and data_offsets"},
      {R"({"a":[1,2]})", 8, "where none belongs"},
      {R"({"a":{"dtype":"F32","shape":[[2]],"data_offsets":[0,8]}})", 8, "where none belongs"},
      {R"({"a":{"dtype":{},"shape":[2],"data_offsets":[0,8]}})", 8, "where none belongs"},
      {deep, 8, "where none belongs"},
      {R"({"a":3})", 8, "needs dtype"},
      {R"({"__metadata__":{"k":1}})", 0, "is not text"},
      {R"({"a":)", 0, "is not JSON"},
      {"{\"\xff\":1}", 0, "is not JSON"},
      {"{}", 0, "holds no tensors"},
  };
  for (const Case& wrong : cases) {
    const std::string message = error_of_bytes(folder, safetensors(wrong.header, wrong.data));
    EXPECT_NE(message.find(wrong.message), std::string::npos) << message.substr(0, 300) << "\nnot: " << wrong.message;
    EXPECT_LT(message.size(), 600u);
  }
  EXPECT_NE(error_of_bytes(folder, "\xff\xff\xff\xff\0\0\0\0{}"sv).find("header of 4294967295 bytes"),
            std::string::npos);
}

TEST(Safetensors, EveryTruncationAndEveryFlippedBit) {
  const TestFolder folder;
  const std::string bytes = safetensors(
      R"({"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]},"b":{"dtype":"I64","shape":[],"data_offsets":[8,16]}})",
      16);
  ASSERT_TRUE(reads(folder, bytes));
  for (std::size_t length = 0; length < bytes.size(); ++length) EXPECT_FALSE(reads(folder, bytes.substr(0, length)));
  for (std::size_t bit = 0; bit < bytes.size() * 8; ++bit) {
    std::string broken = bytes;
    broken[bit / 8] = static_cast<char>(broken[bit / 8] ^ (1 << (bit % 8)));
    reads(folder, broken);
  }
}

TEST(Safetensors, WhatCannotBeWrittenIsAnError) {
  const TestFolder folder;
  TensorMap broken, reserved;
  broken.set("\xff", Tensor::allocate(DType::f32, {1}));
  reserved.set("__metadata__", Tensor::allocate(DType::f32, {1}));
  EXPECT_NE(error_of([&] { write_safetensors(folder / "a", broken, {}); }).find("UTF-8"), std::string::npos);
  EXPECT_NE(error_of([&] { write_safetensors(folder / "a", reserved, {}); }).find("__metadata__"), std::string::npos);
  EXPECT_FALSE(std::filesystem::exists(folder / "a"));
}

}  // namespace
}  // namespace cnclip
