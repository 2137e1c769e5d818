#include "data/formats/record.h"

#include <gtest/gtest.h>

#include "data/formats/fingerprint.h"

namespace cnclip {
namespace {

TEST(Id, NumbersAreToldFromStrings) {
  for (const char* text : {"0", "-5", "9223372036854775807", "-9223372036854775808"}) {
    EXPECT_TRUE(id_from_text(text).number) << text;
  }
  for (const char* text : {"", "007", "+1", "-0", "1.5", "9223372036854775808", "x.jpg", " 1"}) {
    EXPECT_FALSE(id_from_text(text).number) << text;
  }
  EXPECT_FALSE(id_from_json(9223372036854775808u));
  EXPECT_FALSE(id_from_json(true));
  EXPECT_EQ(id_from_json("7")->number, false);
}

TEST(FingerprintSet, HoldsWhatWasPutIn) {
  FingerprintSet set;
  for (int i = 0; i < 5000; ++i) EXPECT_TRUE(set.insert(std::to_string(i)));
  for (int i = 0; i < 5000; ++i) EXPECT_FALSE(set.insert(std::to_string(i)));
  EXPECT_TRUE(set.contains("4999"));
  EXPECT_FALSE(set.contains("5000"));
  EXPECT_EQ(set.size(), 5000u);
}

}  // namespace
}  // namespace cnclip
