#include "base/header_text.h"

#include <gtest/gtest.h>

namespace cnclip {
namespace {

TEST(HeaderText, ValuesAndTheirParameters) {
  const auto value = parse_header_value(R"(Form-Data ; NAME=image;  filename="a;b \"c\".jpg" )");
  ASSERT_TRUE(value);
  EXPECT_EQ(value->value, "form-data");
  EXPECT_EQ(*value->find("name"), "image");
  EXPECT_EQ(*value->find("filename"), R"(a;b "c".jpg)");
  EXPECT_EQ(value->find("other"), nullptr);
  EXPECT_EQ(parse_header_value("text/plain")->value, "text/plain");
  EXPECT_EQ(*parse_header_value("a; b=\"\"")->find("b"), "");
}

TEST(HeaderText, OtherFormsGiveNothing) {
  for (const char* text : {"a;", "a; b", "a; b=", "a; =c", "a; b=\"c", "a; b=\"c\\", "a; b=\"c\"d", "a; b=c d",
                           "a; b=c; B=d", "a; b=c;;d=e", "a; b c=d"}) {
    EXPECT_FALSE(parse_header_value(text)) << text;
  }
}

}  // namespace
}  // namespace cnclip
