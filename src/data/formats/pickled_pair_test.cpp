#include "data/formats/pickled_pair.h"

#include <gtest/gtest.h>

#include "base/error.h"

namespace cnclip {
namespace {

using namespace std::string_literals;

std::string framed(const std::string& body) {
  return "\x80\x04\x95"s + static_cast<char>(body.size()) + "\0\0\0\0\0\0\0"s + body;
}

TEST(PickledPair, IsWrittenAsPythonDoes) {
  const PickledPair pair{{"1076345", true}, {"8428", true}, "高级感"};
  const std::string bytes = framed("J\x79\x6c\x10\0M\xec\x20\x8c\x09"s + pair.text + "\x94\x87\x94.");
  EXPECT_EQ(pickled_pair(pair), bytes);
  EXPECT_EQ(read_pickled_pair(bytes, "t"), pair);
}

TEST(PickledPair, SharesOneCharacterStringsAsPythonDoes) {
  const PickledPair pair{{"a", false}, {"-1", true}, "a"};
  EXPECT_EQ(pickled_pair(pair), framed("\x8c\x01"s + "a\x94J\xff\xff\xff\xffh\0\x87\x94."s));
  EXPECT_EQ(read_pickled_pair(pickled_pair(pair), "t"), pair);
}

TEST(PickledPair, ReadsOldProtocols) {
  const PickledPair pair{{"7", true}, {"-5", true}, "高x"};
  EXPECT_EQ(read_pickled_pair("(I7\nI-5\nV\\u9ad8x\np0\ntp1\n.", "t"), pair);
  EXPECT_EQ(read_pickled_pair("(K\x07J\xfb\xff\xff\xffX\x04\0\0\0高xq\0tq\x01."s, "t"), pair);
}

TEST(PickledPair, RefusesWhatIsNoPair) {
  const std::string cases[] = {"",
                               ".",
                               "K\x01.",
                               "(K\x01K\x02t.",            // two
                               "(K\x01K\x02K\x03t.",       // the text is a number
                               "cos\nsystem\n(S'x'\ntR.",  // a call
                               "X\xff\xff\xff\xff"s,       // longer than the pickle
                               "\x8d\xff\xff\xff\xff\xff\xff\xff\xff"s,
                               "K\x01K\x02\x8c\x01\xff\x87.",  // not UTF-8
                               "h\x05.",                       // never remembered
                               "((((((((((((((.",
                               "t."};
  for (const std::string& bytes : cases) EXPECT_THROW(read_pickled_pair(bytes, "t"), Error) << bytes;
}

}  // namespace
}  // namespace cnclip
