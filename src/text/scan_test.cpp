#include "text/scan.h"

#include <gtest/gtest.h>

#include <random>

#include "text/vocabulary_data.h"

namespace cnclip {
namespace {

void append_utf8(char32_t c, std::string& out) {
  const auto put = [&](char32_t byte) { out += static_cast<char>(byte); };
  if (c < 0x80) return put(c);
  if (c < 0x800) {
    put(0xc0 | c >> 6);
  } else {
    if (c < 0x10000) {
      put(0xe0 | c >> 12);
    } else {
      put(0xf0 | c >> 18);
      put(0x80 | (c >> 12 & 0x3f));
    }
    put(0x80 | (c >> 6 & 0x3f));
  }
  put(0x80 | (c & 0x3f));
}

class Scan : public testing::TestWithParam<TextVariant> {
 protected:
  struct Result {
    std::vector<std::int32_t> ids;
    bool truncated = false, done = true;
  };
  Result one_pass(const std::string& text) const {
    Result result;
    WordPieces pieces(vocabulary_, result.ids, 50);
    result.done = scan_in_one_pass(text, GetParam(), pieces);
    result.truncated = pieces.truncated();
    return result;
  }
  Result in_context(const std::string& text) const {
    Result result;
    WordPieces pieces(vocabulary_, result.ids, 50);
    scan_in_context(text, GetParam(), pieces);
    result.truncated = pieces.truncated();
    return result;
  }

 private:
  Vocabulary vocabulary_{embedded_vocabulary()};
};

TEST_P(Scan, BothWaysGiveTheSameWhereverOnePassIsEnough) {
  std::mt19937 random(7);
  const std::pair<char32_t, char32_t> blocks[] = {
      {0, 0x7f},        {0x80, 0x24f},    {0x300, 0x52f},   {0x900, 0xdff}, {0x1e00, 0x206f},  {0x3000, 0x30ff},
      {0x4e00, 0x9fff}, {0xac00, 0xd7a3}, {0xf900, 0xfaff}, {0, 0xd7ff},    {0xe000, 0x10ffff}};
  int enough = 0;
  for (int i = 0; i < 20'000; ++i) {
    std::string text;
    for (auto left = random() % 30; left > 0; --left) {
      const auto [first, last] = blocks[random() % std::size(blocks)];
      append_utf8(first + static_cast<char32_t>(random() % (last - first + 1)), text);
      if (random() % 8 == 0) text += ' ';
    }
    const Result quick = one_pass(text);
    if (!quick.done) continue;
    ++enough;
    const Result slow = in_context(text);
    ASSERT_EQ(quick.ids, slow.ids) << testing::PrintToString(text);
    ASSERT_EQ(quick.truncated, slow.truncated) << testing::PrintToString(text);
  }
  EXPECT_GT(enough, 10'000);
}

TEST_P(Scan, OnePassGivesUpOnCharactersThatDependOnTheirNeighbours) {
  for (const char* text : {"Σ", "中文 ΑΣ", "a\u302e"}) EXPECT_FALSE(one_pass(text).done) << text;
  for (const char* text : {"σς", "가", "é", "İ", "が", "\u0301"}) EXPECT_TRUE(one_pass(text).done) << text;
}

INSTANTIATE_TEST_SUITE_P(Variants, Scan, testing::Values(TextVariant::api, TextVariant::training));

}  // namespace
}  // namespace cnclip
