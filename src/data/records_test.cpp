#include "data/records.h"

#include <gtest/gtest.h>

#include "data/image_sources.h"

namespace cnclip {
namespace {

TEST(Base64, AsPythonReadsIt) {
  EXPECT_EQ(decode_base64("YWJj"), "abc");
  EXPECT_EQ(decode_base64("YWI="), "ab");
  EXPECT_EQ(decode_base64("Y W\nJ*j"), "abc");
  EXPECT_EQ(decode_base64("-_-_"), decode_base64("+/+/"));
  EXPECT_EQ(decode_base64("YQ==YQ=="), "a");
  EXPECT_EQ(decode_base64(""), "");
  EXPECT_EQ(decode_base64("YWI"), std::nullopt);
  EXPECT_EQ(decode_base64("Y"), std::nullopt);
}

TEST(ImageRecord, IdAndBytes) {
  const ImageItem item = image_record("7\tYWJj");
  EXPECT_EQ(item.id, "7");
  EXPECT_EQ(item.bytes, "abc");
  EXPECT_EQ(item.error, "");
  for (const char* bad : {"", "7", "\tYWJj", "7\tYWJj\t", "7\tY"}) EXPECT_NE(image_record(bad).error, "") << bad;
}

TEST(TextRecord, IdAndText) {
  const TextItem item = text_record(R"({"text_id": 4, "text": "一只猫", "image_ids": [1]})");
  EXPECT_EQ(item.id, "4");
  EXPECT_EQ(item.text, "一只猫");
  EXPECT_EQ(item.error, "");
  EXPECT_EQ(text_record(R"({"text_id": "a", "text": ""})").id, "a");
  EXPECT_EQ(text_record(R"({"text": "x"})").id, "");
  for (const char* bad : {"", "[]", "{", R"({"text_id": 4})", R"({"text": 4})", "{\"text\": \"\xff\"}",
                          R"({"text_id": [1], "text": "x"})", R"({"text_id": null, "text": "x"})"}) {
    EXPECT_NE(text_record(bad).error, "") << bad;
  }
}

// Writing such an id out would take more stack than there is.
TEST(TextRecord, DeepNestingIsRefused) {
  const std::string deep = std::string(1'000'000, '[') + std::string(1'000'000, ']');
  EXPECT_NE(text_record(R"({"text": "x", "text_id": )" + deep + "}").error, "");
}

}  // namespace
}  // namespace cnclip
