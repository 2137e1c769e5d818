#include "eval/report/word_tags.h"

#include <gtest/gtest.h>

namespace cnclip {
namespace {

TEST(WordTags, AreFoundWhereMostWordsHaveOne) {
  EXPECT_TRUE(has_word_tags("一/m 个/q 小女孩/n 在/p 草地/n 上/f 跑/v"));
  EXPECT_TRUE(has_word_tags("两/m 只 狗/n"));
}

TEST(WordTags, AreNotSeenInWhatPeopleWrite) {
  for (const char* text :
       {"", "一个小女孩在草地上跑", "黑/白 相间 的 猫", "和/或", "24/7 营业", "a b/ /c d/toolong", "A/B 对比"}) {
    EXPECT_FALSE(has_word_tags(text)) << text;
  }
}

}  // namespace
}  // namespace cnclip
