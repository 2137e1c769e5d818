#include "text/vocabulary.h"

#include <gtest/gtest.h>

#include "cnclip/tokenizer.h"
#include "text/special_tokens.h"

namespace cnclip {
namespace {

using Ids = std::vector<std::int32_t>;
const std::string kSpecial = "[PAD]\n[UNK]\n[CLS]\n[SEP]\n";  // 0 1 2 3

std::string complaint(std::string_view text) {
  try {
    Vocabulary vocabulary(text);
  } catch (const Error& error) {
    EXPECT_EQ(error.category(), ErrorCategory::bad_input);
    return error.what();
  }
  return "none";
}

TEST(Vocabulary, SaysWhatIsWrong) {
  EXPECT_EQ(complaint(""), "vocabulary: empty");
  EXPECT_EQ(complaint("[PAD]\n[CLS]\n[SEP]\n"), "vocabulary: no [UNK] among its 3 lines");
  EXPECT_EQ(complaint("[UNK]\n[CLS]\n[SEP]\n"), "vocabulary: no [PAD] among its 3 lines");
  EXPECT_EQ(complaint("[UNK]\n[PAD]\n[SEP]\n"), "vocabulary: no [CLS] among its 3 lines");
  EXPECT_EQ(complaint("[UNK]\n[PAD]\n[CLS]\n[SE"), "vocabulary: no [SEP] among its 4 lines");
  EXPECT_EQ(complaint(kSpecial + "a\xff\n"), "vocabulary: line 5: text: byte 1 (0xff) is not UTF-8");
  EXPECT_NE(complaint(std::string((4u << 20) + 1, 'a')).find("4194305 bytes"), std::string::npos);
}

TEST(Vocabulary, TheOfficialOneIsBuiltIn) {
  EXPECT_EQ(Tokenizer::chinese().vocabulary_size(), 21128);
  EXPECT_EQ(Tokenizer::chinese().pad_id(), 0);
  const SpecialTokens special = official_special_tokens();
  EXPECT_EQ(special.pad, 0);
  EXPECT_EQ(special.unknown, 100);
  EXPECT_EQ(special.cls, 101);
  EXPECT_EQ(special.sep, 102);
  EXPECT_EQ(special.mask, 103);
  EXPECT_EQ(Vocabulary("[PAD]\n[UNK]\n[CLS]\n[SEP]\n").mask, -1);
}

TEST(Vocabulary, LinesEndAtLineFeedsOnly) {
  const Tokenizer tokenizer(kSpecial + "\u2028\n##\u2028\n\na\x0b\n\u0085\nb\r\n中\u3000\n\u00a0##c");
  EXPECT_EQ(tokenizer.vocabulary_size(), 12);
  EXPECT_EQ(tokenizer.encode("a b 中 bc").ids, (Ids{2, 7, 9, 10, 9, 11, 3}));
}

TEST(Vocabulary, TheLongestPieceWins) {
  const Tokenizer tokenizer(kSpecial + "a\nab\n##c\n##cd\n##b\n");
  EXPECT_EQ(tokenizer.encode("abcd").ids, (Ids{2, 5, 7, 3}));
  EXPECT_EQ(tokenizer.encode("abccd").ids, (Ids{2, 5, 6, 7, 3}));
  EXPECT_EQ(tokenizer.encode("acb").ids, (Ids{2, 4, 6, 8, 3}));
  EXPECT_EQ(tokenizer.encode("abx c").ids, (Ids{2, 1, 1, 3}));
}

TEST(Vocabulary, OfEqualTokensTheLastCounts) {
  EXPECT_EQ(Tokenizer(kSpecial + "a\na\n").encode("a").ids, (Ids{2, 5, 3}));
  EXPECT_EQ(Tokenizer("[UNK]\n" + kSpecial + "[UNK]\n").encode("a").ids, (Ids{3, 5, 4}));
}

TEST(Vocabulary, HoldsIdeographsOutsideTheBasicPlane) {
  EXPECT_EQ(Tokenizer(kSpecial + "\U00020000\n").encode("\U00020000").ids, (Ids{2, 4, 3}));
}

TEST(Vocabulary, SpacingMarksAreMatchedInCanonicalOrder) {
  const Tokenizer tokenizer(kSpecial + "a\U0001d165\u302e\n");
  EXPECT_EQ(tokenizer.encode("a\u302e\U0001d165").ids, (Ids{2, 4, 3}));
  EXPECT_EQ(tokenizer.encode("a\U0001d165\u302e").ids, (Ids{2, 4, 3}));
}

}  // namespace
}  // namespace cnclip
