#include "base/base64.h"

#include <gtest/gtest.h>

namespace cnclip {
namespace {

TEST(Base64, ThereAndBack) {
  for (const std::string bytes : {"", "a", "ab", "abc", "\xff\xfe\xfd\xfc"}) {
    EXPECT_EQ(decode_base64(encode_base64(bytes)), bytes);
  }
  EXPECT_EQ(encode_base64("\xff\xef\xbe"), "/+++");
  EXPECT_EQ(decode_base64("_-- -"), "\xff\xef\xbe");
  EXPECT_FALSE(decode_base64("YWI"));
}

TEST(Base64, StrictTakesOneSpellingOnly) {
  for (const std::string bytes : {"", "a", "ab", "abc", "\xff\xfe\xfd\xfc", "\xff\xef\xbe"}) {
    EXPECT_EQ(decode_base64_strict(encode_base64(bytes)), bytes);
  }
  for (const char* text : {"Zg", "Zg=", "Zg===", "Z===", "====", "Zh==", "Zm9=", "Z g=", "Zg==\n", "Zm=v", "_-__",
                           "Zm9v====", "Zm9vYg", "Zm9v\xff\xff\xff\xff"}) {
    EXPECT_FALSE(decode_base64_strict(text)) << text;
  }
}

TEST(Base64, TestVectorsOfRfc4648) {
  EXPECT_EQ(encode_base64(""), "");
  EXPECT_EQ(encode_base64("f"), "Zg==");
  EXPECT_EQ(encode_base64("fo"), "Zm8=");
  EXPECT_EQ(encode_base64("foo"), "Zm9v");
  EXPECT_EQ(encode_base64("foob"), "Zm9vYg==");
  EXPECT_EQ(encode_base64("\xfb\xff\xfe"), "+//+");
}

}  // namespace
}  // namespace cnclip
