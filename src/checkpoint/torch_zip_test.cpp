#include <cstring>

#include "checkpoint/test_files.h"
#include "checkpoint/torch_writer.h"
#include "checkpoint/zip.h"

namespace cnclip {
namespace {

using namespace std::literals;

TensorMap sample() {
  TensorMap tensors;
  for (const DType type : {DType::boolean, DType::u8, DType::i8, DType::f16, DType::bf16, DType::i16, DType::f32,
                           DType::i32, DType::f64, DType::i64}) {
    Tensor tensor = Tensor::allocate(type, {2, 3});
    int i = 0;
    for (std::byte& byte : tensor.mutable_data<std::byte>())
      byte = static_cast<std::byte>(type == DType::boolean ? i++ % 2 : i++);
    tensors.set("module.层." + std::string(name_of(type)), tensor);
  }
  tensors.set("module.scalar", Tensor::from_floats({}, std::vector<float>{2.5f}));
  tensors.set("module.none", Tensor::allocate(DType::f32, {0, 4}));
  return tensors;
}

TensorMap small() {
  TensorMap tensors;
  tensors.set("a", Tensor::from_floats({2}, std::vector<float>{1, 2}));
  tensors.set("b", Tensor::from_floats({1}, std::vector<float>{3}));
  return tensors;
}

std::string bytes_of(const TestFolder& folder, const TensorMap& tensors) {
  write_torch_zip(folder / "made.pt", tensors, {});
  return read_file(folder / "made.pt");
}

// Sets a number in the directory's and in the own header of the entry: `central` and `local` are its places there.
template <class T>
std::string patched(std::string bytes, const std::string& name, std::size_t central, std::size_t local, T value,
                    bool both = true) {
  const std::size_t in_entry = bytes.find(name) - 30, in_directory = bytes.rfind(name) - 46;
  EXPECT_EQ(bytes.substr(in_directory, 4), "PK\x01\x02");
  std::memcpy(bytes.data() + in_directory + central, &value, sizeof value);
  if (both) std::memcpy(bytes.data() + in_entry + local, &value, sizeof value);
  return bytes;
}

TEST(TorchZip, RoundTripKeepsTypesNamesAndScalars) {
  const TestFolder folder;
  const TensorMap tensors = sample();
  write_torch_zip(folder / "a.pt", tensors, {{"epoch", "15"}, {"step", "5000000000"}, {"name", "试验"}});
  const TensorFile file = read_tensor_file(folder / "a.pt");
  EXPECT_EQ(file.kind, "torch zip");
  EXPECT_EQ(file.metadata.at("epoch"), "15");
  EXPECT_EQ(file.metadata.at("step"), "5000000000");
  EXPECT_EQ(file.metadata.at("name"), "试验");
  ASSERT_EQ(file.tensors.size(), tensors.size());
  auto at = file.tensors.begin();
  for (const auto& [name, tensor] : tensors) {
    EXPECT_EQ(at->first, "state_dict." + name);
    const Tensor before = tensor.load(), after = (at++)->second.load();
    EXPECT_EQ(before.dtype(), after.dtype()) << name;
    EXPECT_EQ(before.shape(), after.shape()) << name;
    EXPECT_TRUE(std::equal(before.bytes().begin(), before.bytes().end(), after.bytes().begin(), after.bytes().end()))
        << name;
  }
}

TEST(TorchZip, PayloadsAreAlignedAndTheFileNameLeavesNoTrace) {
  const TestFolder folder;
  write_torch_zip(folder / "a.pt", sample(), {});
  write_torch_zip(folder / "另一个.pt", sample(), {});
  EXPECT_EQ(read_file(folder / "a.pt"), read_file(folder / "另一个.pt"));
  for (const auto& [name, entry] : read_zip_directory(*MappedFile::open(folder / "a.pt"))) {
    EXPECT_EQ(entry.offset % 64, 0u) << name;
  }
}

TEST(TorchZip, HeadersThatLieAreRefused) {
  const TestFolder folder;
  const std::string bytes = bytes_of(folder, small());
  const auto message = [&](const std::string& broken) { return error_of_bytes(folder, broken); };
  const auto has = [](const std::string& text, std::string_view part) { return text.find(part) != std::string::npos; };
  const std::string entry = "archive/data/0";
  EXPECT_TRUE(has(message(patched<std::uint16_t>(bytes, entry, 8, 6, 1)), "password-protected"));
  EXPECT_TRUE(has(message(patched<std::uint16_t>(bytes, entry, 8, 6, 0x41, false)), "password-protected"));
  EXPECT_TRUE(has(message(patched<std::uint16_t>(bytes, entry, 10, 8, 8)), "is compressed"));
  EXPECT_TRUE(has(message(patched<std::uint16_t>(bytes, "archive/data.pkl", 10, 8, 8)), "is compressed"));
  EXPECT_TRUE(has(message(patched<std::uint16_t>(bytes, entry, 10, 8, 8, false)), "disagree"));
  EXPECT_TRUE(has(message(patched<std::uint32_t>(bytes, entry, 24, 22, 9)), "two sizes"));
  EXPECT_TRUE(has(message(patched<std::uint64_t>(bytes, entry, 20, 18, 0x0000000900000009, false)), "disagree"));
  EXPECT_TRUE(has(message(patched<std::uint64_t>(bytes, entry, 20, 18, 0x0000010000000100)), "lie over each other"));
  EXPECT_TRUE(has(message(patched<std::uint64_t>(bytes, entry, 20, 18, 0x7fffffff7fffffff)), "outside the file"));
  EXPECT_TRUE(has(message(patched<std::uint64_t>(bytes, entry, 20, 18, 0x0000000400000004)), "storage 0 has 4 bytes"));
  EXPECT_TRUE(has(message(patched<std::uint32_t>(bytes, entry, 42, 14, 7, false)), "not where the directory says"));
  EXPECT_TRUE(has(message(patched<std::uint32_t>(bytes, entry, 42, 14, 0, false)), "another name"));
  std::string renamed = bytes;
  renamed[renamed.rfind(entry) + entry.size() - 1] = '1';
  EXPECT_TRUE(has(message(renamed), "another name"));
  renamed[renamed.find(entry) + entry.size() - 1] = '1';
  EXPECT_TRUE(has(message(renamed), "two entries are named"));
  renamed = bytes;
  for (std::size_t at; (at = renamed.find(entry)) != std::string::npos;) renamed[at + entry.size() - 1] = '7';
  EXPECT_TRUE(has(message(renamed), "storage data/0 is missing"));
  std::string elsewhere = bytes;
  for (std::size_t at; (at = elsewhere.find("data.pkl")) != std::string::npos;) elsewhere[at] = 'D';
  EXPECT_TRUE(has(message(elsewhere), "no data.pkl"));
}

TEST(TorchZip, EveryTruncationAndManyFlippedBits) {
  const TestFolder folder;
  const std::string bytes = bytes_of(folder, small());
  ASSERT_TRUE(reads(folder, bytes));
  for (std::size_t length = 0; length < bytes.size(); ++length) EXPECT_FALSE(reads(folder, bytes.substr(0, length)));
  for (std::size_t bit = 0; bit < bytes.size() * 8; bit += 7) {
    std::string broken = bytes;
    broken[bit / 8] = static_cast<char>(broken[bit / 8] ^ (1 << (bit % 8)));
    reads(folder, broken);
  }
}

}  // namespace
}  // namespace cnclip
