// The old container is simple enough to be made by hand, so it carries the tests of tensors' geometry too.
#include <fmt/format.h>

#include "checkpoint/test_files.h"

namespace cnclip {
namespace {

using namespace std::literals;

// Storage "0" holds the floats 0…5; `tensors` is the body of the dictionary, made of tensor().
std::string legacy(const std::string& body, std::int64_t count = 6) {
  std::string bytes = "\x80\x02\x8a\x0al\xfc\x9c\x46\xf9 j\xa8P\x19.\x80\x02M\xe9\x03.\x80\x02}."s;
  bytes += "\x80\x02}(" + body + "u." + "\x80\x02](U\x01" + "0e.";
  bytes.append(reinterpret_cast<const char*>(&count), 8);
  for (int i = 0; i < 6; ++i) {
    const auto value = static_cast<float>(i);
    bytes.append(reinterpret_cast<const char*>(&value), 4);
  }
  return bytes;
}

std::string integers(const Shape& values) {
  return fmt::format("(I{}\nt", fmt::join(values, "\nI"));
}

std::string text(const std::string& value) {
  return fmt::format("U{}{}", static_cast<char>(value.size()), value);
}

std::string tensor(const std::string& name, std::int64_t offset, const Shape& shape, const Shape& strides,
                   std::int64_t storage_size = 6, const std::string& type = "FloatStorage",
                   const std::string& key = "0") {
  return fmt::format("{}ctorch._utils\n_rebuild_tensor_v2\n(({}ctorch\n{}\n{}{}I{}\nNtQI{}\n{}{}{}NtR", text(name),
                     text("storage"), type, text(key), text("cpu"), storage_size, offset,
                     shape.empty() ? ")" : integers(shape), strides.empty() ? ")" : integers(strides), '\x89');
}

std::vector<float> values(const TensorFile& file, std::string_view name) {
  const Tensor loaded = file.tensors.at(name).load();
  return {loaded.data<float>().begin(), loaded.data<float>().end()};
}

TEST(TorchLegacy, ViewsOfOneStorage) {
  const TestFolder folder;
  write_file(folder / "a.pt",
             legacy(tensor("whole", 0, {2, 3}, {3, 1}) + tensor("turned", 0, {3, 2}, {1, 3}) +
                    tensor("row", 3, {3}, {1}) + tensor("scalar", 5, {}, {}) + tensor("repeated", 1, {2, 3}, {1, 0}) +
                    tensor("none", 6, {0, 4}, {4, 1}) + tensor("ones", 2, {1, 2, 1}, {77, 1, 99})));
  const TensorFile file = read_tensor_file(folder / "a.pt");
  EXPECT_EQ(file.kind, "torch legacy");
  EXPECT_EQ(values(file, "whole"), (std::vector<float>{0, 1, 2, 3, 4, 5}));
  EXPECT_EQ(values(file, "turned"), (std::vector<float>{0, 3, 1, 4, 2, 5}));
  EXPECT_EQ(values(file, "row"), (std::vector<float>{3, 4, 5}));
  EXPECT_EQ(values(file, "scalar"), (std::vector<float>{5}));
  EXPECT_EQ(values(file, "repeated"), (std::vector<float>{1, 1, 1, 2, 2, 2}));
  EXPECT_EQ(values(file, "none"), std::vector<float>{});
  EXPECT_EQ(values(file, "ones"), (std::vector<float>{2, 3}));
  EXPECT_EQ(reinterpret_cast<std::uintptr_t>(file.tensors.at("whole").load().bytes().data()) % 4, 0u);
}

TEST(TorchLegacy, GeometryThatDoesNotFitIsRefused) {
  const TestFolder folder;
  const std::int64_t huge = std::int64_t{1} << 62;
  const std::string bodies[] = {tensor("t", 1, {2, 3}, {3, 1}),
                                tensor("t", -1, {2}, {1}),
                                tensor("t", 7, {0}, {1}),
                                tensor("t", 0, {2}, {-1}),
                                tensor("t", 0, {-2}, {1}),
                                tensor("t", 0, {2}, {1, 1}),
                                tensor("t", 0, {huge, huge}, {0, 0}),
                                tensor("t", 0, {1 << 20, 1 << 20}, {0, 0}),
                                tensor("t", 0, {2, 2}, {huge, huge}),
                                tensor("t", huge, {1}, {1}),
                                tensor("t", 0, Shape(65, 1), Shape(65, 1)),
                                tensor("t", 0, {7}, {1}, 7),
                                tensor("t", 0, {3}, {1}, huge),
                                tensor("t", 0, {3}, {1}, -3),
                                tensor("t", 0, {4}, {1}, 4, "DoubleStorage"),
                                tensor("t", 0, {3}, {1}, 3, "FloatStorage", "9"),
                                tensor("t", 0, {3}, {1}, 3, "float32"),
                                tensor("t", 0, {3}, {1}) + tensor("t", 0, {3}, {1})};
  for (const std::string& body : bodies) EXPECT_FALSE(error_of_bytes(folder, legacy(body)).empty());
  for (const std::int64_t count : {std::int64_t{7}, std::int64_t{-1}, huge}) {
    EXPECT_NE(error_of_bytes(folder, legacy(tensor("t", 0, {3}, {1}), count)).find("cut short inside"),
              std::string::npos);
  }
}

TEST(TorchLegacy, EveryTruncationAndEveryFlippedBit) {
  const TestFolder folder;
  const std::string bytes = legacy(tensor("a", 0, {3, 2}, {1, 3}) + tensor("b", 3, {3}, {1}));
  ASSERT_TRUE(reads(folder, bytes));
  for (std::size_t length = 0; length < bytes.size(); ++length) EXPECT_FALSE(reads(folder, bytes.substr(0, length)));
  std::size_t survived = 0;
  for (std::size_t bit = 0; bit < bytes.size() * 8; bit += 3) {
    std::string broken = bytes;
    broken[bit / 8] = static_cast<char>(broken[bit / 8] ^ (1 << (bit % 8)));
    survived += reads(folder, broken) ? 1 : 0;
  }
  EXPECT_GT(survived, 0u);  // flipped values and names are still a file
}

TEST(TorchLegacy, SharedContainersCannotMakeEndlessWork) {
  const TestFolder folder;
  const std::string first = tensor("t", 0, {3}, {1}) + text("x");
  // A list of two lists of two lists …: 2^60 ways down to one leaf.
  std::string doubled;
  for (int i = 0; i < 60; ++i)
    doubled +=
        "0](h\x01h\x01"
        "eq\x01";
  const std::string leaf = tensor("", 0, {3}, {1}).substr(2);
  EXPECT_NE(error_of_bytes(folder, legacy(first + leaf + "q\x01" + doubled)).find("without end"), std::string::npos);
  EXPECT_NE(error_of_bytes(folder, legacy(first + "Nq\x01" + doubled)).find("too many values"), std::string::npos);
  // A list that holds itself.
  EXPECT_NE(error_of_bytes(folder, legacy(first + "]q\x01h\x01"
                                                  "a"))
                .find("nested too deeply"),
            std::string::npos);
}

}  // namespace
}  // namespace cnclip
