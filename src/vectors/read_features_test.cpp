#include "vectors/read_features.h"

#include <gtest/gtest.h>

#include "base/file.h"
#include "base/npy.h"
#include "base/test_errors.h"
#include "base/test_folder.h"
#include "vectors/feature_line.h"
#include "vectors/feature_writer.h"

namespace cnclip {
namespace {

class ReadFeatures : public testing::Test {
 protected:
  std::filesystem::path jsonl(const std::string& text) {
    write_file(folder_ / "f.jsonl", text);
    return folder_ / "f.jsonl";
  }
  std::filesystem::path npy(const Shape& shape, std::vector<float> values, const std::string& ids) {
    const std::string_view bytes(reinterpret_cast<const char*>(values.data()), values.size() * sizeof(float));
    write_file(folder_ / "f.npy", npy_header(shape) + std::string(bytes));
    write_file(folder_ / "f.ids.txt", ids);
    return folder_ / "f.npy";
  }
  void refuses(const std::filesystem::path& path, const std::string& part) {
    expect_bad_input([&] { read_features(path, "image_id"); }, part);
  }
  TestFolder folder_;
};

TEST_F(ReadFeatures, WhatTheWriterWrote) {
  const std::vector<float> first = {0.1f, -1e-7f, 3}, second = {1e-30f, 2.5f, -0.3333333f};
  for (const char* name : {"w.npy", "w.jsonl"}) {
    FeatureWriter writer(folder_ / name, 3, "image_id");
    writer.add("7", first);
    writer.add("图/一.jpg", second);
    writer.finish();
    const FeatureSet read = read_features(folder_ / name, "image_id");
    EXPECT_EQ(read.ids, (std::vector<std::string>{"7", "图/一.jpg"}));
    EXPECT_EQ(std::vector(read.row(0).begin(), read.row(0).end()), first) << name;
    EXPECT_EQ(std::vector(read.row(1).begin(), read.row(1).end()), second) << name;
  }
}

TEST_F(ReadFeatures, ManyLines) {
  std::string text;
  for (int i = 0; i < 5000; ++i)
    text += "{\"image_id\": " + std::to_string(i) + ", \"feature\": [1, " + std::to_string(i) + ".5]}\n";
  const FeatureSet read = read_features(jsonl(text), "image_id");
  ASSERT_EQ(read.count(), 5000);
  for (int i = 0; i < 5000; ++i) {
    ASSERT_EQ(read.ids[static_cast<std::size_t>(i)], std::to_string(i));
    ASSERT_EQ(read.row(i)[1], static_cast<float>(i) + 0.5f);
  }
}

TEST_F(ReadFeatures, RefusesLines) {
  const std::string good = "{\"image_id\": 1, \"feature\": [1, 2]}\n";
  refuses(jsonl(""), "f.jsonl: no features");
  refuses(jsonl(good + "{\"image_id\": 2, \"feature\": [1, NaN]}"), "line 2: \"feature\": value 2 is nan");
  refuses(jsonl(good + "{\"image_id\": 2, \"feature\": [-Infinity, 1]}"), "line 2: \"feature\": value 1 is -inf");
  refuses(jsonl(good + "{\"image_id\": 2, \"feature\": [1e39, 1]}"), "value 1 is 1e+39, which is not finite");
  refuses(jsonl(good + "{\"image_id\": 2, \"feature\": [0, 0.0]}"), "row 2 (2): all values are zero");
  refuses(jsonl(good + "{\"image_id\": 2, \"feature\": [1e19, 0]}"), "row 2 (2): its length is 1e+19");
  refuses(jsonl(good + "{\"image_id\": 2, \"feature\": [1]}"), "line 2: 1 values, the lines above have 2");
  refuses(jsonl(good + good), "id 1 stands at rows 1 and 2");
  refuses(jsonl(good + "{\"feature\": [1, 2]}"), "line 2: no \"image_id\"");
  refuses(jsonl(good + "{\"text_id\": 1, \"feature\": [1, 2]}"), "line 2: no \"image_id\"");
  refuses(jsonl(good + "{\"image_id\": 1.5, \"feature\": [1, 2]}"), "line 2: \"image_id\" is neither");
  refuses(jsonl(good + "{\"image_id\": \"\", \"feature\": [1, 2]}"), "line 2: \"image_id\" is empty");
  refuses(jsonl(good + "{\"image_id\": 2}"), "line 2: no \"feature\"");
  refuses(jsonl(good + "\n" + good), "line 2: not a JSON object");
  refuses(jsonl(good + "{\"image_id\": 2, \"feature\": [1, 2"), "line 2: \"feature\": no comma behind value 2");
}

TEST_F(ReadFeatures, RefusesArrays) {
  refuses(npy({2, 2}, {1, 2, 3}, "a\nb\n"), "2 rows of 2 values take 16 bytes, behind the header are 12");
  refuses(npy({2, 2}, {1, 2, 3, 4}, "a\n"), "f.ids.txt: 1 ids");
  refuses(npy({2, 2}, {1, 2, 3, 4}, "a\nb\nc\n"), "f.ids.txt: 3 ids");
  refuses(npy({2, 2}, {1, 2, 3, 4}, "a\n\n"), "f.ids.txt: line 2: no id");
  refuses(npy({2, 2}, {1, 2, 3, 4}, "a\na\n"), "id a stands at rows 1 and 2");
  refuses(npy({2, 2}, {1, 2, 0, 0}, "a\nb\n"), "row 2 (b): all values are zero");
  refuses(npy({2, 2}, {1, NAN, 0, 0}, "a\nb\n"), "row 1 (a): value 2 is nan");
  refuses(npy({4}, {1, 2, 3, 4}, "a\nb\nc\nd\n"), "two dimensions");
  refuses(npy({1, 2, 2}, {1, 2, 3, 4}, "a\n"), "two dimensions");
  refuses(npy({0, 2}, {}, ""), "no features");
  std::filesystem::remove(folder_ / "f.ids.txt");
  refuses(folder_ / "f.npy", "f.ids.txt: cannot open");
  EXPECT_THROW(read_features("f.csv", "image_id"), Error);
}

TEST_F(ReadFeatures, RefusesOtherElements) {
  for (const auto& [header, part] : {std::pair{"{'descr': '<f8', 'fortran_order': False, 'shape': (1, 1), }", "'<f8'"},
                                     {"{'descr': '<f4', 'fortran_order': True, 'shape': (1, 1), }", "C order"},
                                     {"{'descr': '<f4', 'shape': (1, 1), }", "no 'fortran_order'"},
                                     {"{'descr': '<f4', 'fortran_order': False, 'shape': (1, -1), }", "dimensions"}}) {
    const std::string text = header;
    write_file(folder_ / "f.npy",
               std::string("\x93NUMPY\x01\0", 8) + static_cast<char>(text.size()) + '\0' + text + "1234");
    refuses(folder_ / "f.npy", part);
  }
  write_file(folder_ / "f.npy", "\x93NUMPY\x01");
  refuses(folder_ / "f.npy", "not a NumPy file");
  write_file(folder_ / "f.npy", std::string("\x93NUMPY\x01\0\xff\xff{}", 12));
  refuses(folder_ / "f.npy", "ends within its header");
}

TEST(FeatureLine, FieldsInAnyOrder) {
  std::string id;
  std::vector<float> values;
  const auto parse = [&](std::string_view line) { return parse_feature_line(line, "text_id", id, values); };
  EXPECT_EQ(parse(R"( {"other": {"feature": [9, "]}"]}, "feature":[ 1e-3 ,-2 ] , "text_id" : "a\"}\u732b" } )"), "");
  EXPECT_EQ(id, "a\"}猫");
  EXPECT_EQ(values, (std::vector<float>{0.001f, -2}));
  EXPECT_EQ(parse(R"({"text_id": -3, "feature": [4]})"), "");
  EXPECT_EQ(id, "-3");
  EXPECT_EQ(parse(R"({"text_id": 1, "feature": [4], "feature": [4]})"), "\"feature\" stands twice");
  EXPECT_EQ(parse(R"({"text_id": 1, "feature": [4]} x)"), "there is more behind the JSON object");
  EXPECT_EQ(parse(R"({"text_id": 1, "more": [1,}, "feature": [4]})"), "\"more\": not JSON");
  EXPECT_EQ(parse(R"({"text_id": 1, "feature": ["4"]})"), "\"feature\": value 1 is not a number");
  EXPECT_EQ(parse(R"({"text_id": 1, "feature": {}})"), "\"feature\" is not a list");
  EXPECT_EQ(parse(R"({"text_id": 1, "feature": []})"), "\"feature\" holds no values");
  EXPECT_EQ(parse(R"([1])"), "not a JSON object");
  EXPECT_EQ(parse(R"({"text_id)"), "not a JSON object");
}

}  // namespace
}  // namespace cnclip
