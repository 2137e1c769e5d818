#include "cnclip/tokenizer.h"

#include <gtest/gtest.h>

#include <string>

namespace cnclip {
namespace {

using Ids = std::vector<std::int32_t>;

Ids ids(std::string_view text, TextVariant variant = TextVariant::api) {
  const Tokens tokens = Tokenizer::chinese().encode(text, 52, variant);
  EXPECT_EQ(tokens.ids.front(), 101);
  EXPECT_EQ(tokens.ids.back(), 102);
  return {tokens.ids.begin() + 1, tokens.ids.end() - 1};
}

TEST(Tokenizer, ChineseWords) {
  EXPECT_EQ(ids("杰尼龟"), (Ids{3345, 2225, 7991}));
  EXPECT_EQ(ids("妙蛙种子"), (Ids{1975, 6032, 4905, 2094}));
  EXPECT_EQ(ids("小火龙"), (Ids{2207, 4125, 7987}));
  EXPECT_EQ(ids("皮卡丘"), (Ids{4649, 1305, 687}));
  EXPECT_EQ(ids("高级感托特包斜挎"), (Ids{7770, 5277, 2697, 2805, 4294, 1259, 3162, 2903}));
  EXPECT_EQ(ids("一张cat的照片。"), (Ids{671, 2476, 10165, 4638, 4212, 4275, 511}));
  EXPECT_EQ(ids(""), Ids{});
}

TEST(Tokenizer, LatinWords) {
  EXPECT_EQ(ids("Hello World"), (Ids{8701, 8572}));
  EXPECT_EQ(ids("unaffable"), (Ids{163, 8374, 9049, 9609}));
  EXPECT_EQ(ids("iPhone 13 Pro Max 手机壳"), (Ids{8210, 8124, 8376, 8621, 2797, 3322, 1900}));
  EXPECT_EQ(ids("32不粘锅"), (Ids{8211, 679, 5111, 7222}));
  EXPECT_EQ(ids("123456789"), (Ids{10644, 9136, 8160}));
  EXPECT_EQ(ids("3.14"), (Ids{124, 119, 8122}));
  EXPECT_EQ(ids("C++"), (Ids{145, 116, 116}));
  EXPECT_EQ(ids("don't"), (Ids{9524, 112, 162}));
  EXPECT_EQ(ids("##abc"), (Ids{108, 108, 8425}));
  EXPECT_EQ(ids("http://www.example.com/a?b=c"),
            (Ids{8184, 131, 120, 120, 8173, 119, 9577, 8608, 10383, 119, 8134, 120, 143, 136, 144, 134, 145}));
}

TEST(Tokenizer, QuotesDifferBetweenVariants) {
  EXPECT_EQ(ids("“你好”"), (Ids{100, 872, 1962, 100}));
  EXPECT_EQ(ids("“你好”", TextVariant::training), (Ids{107, 872, 1962, 107}));
}

TEST(Tokenizer, AccentsAndCase) {
  EXPECT_EQ(ids("café naïve ÀÉÎ"), (Ids{8377, 11469, 8857, 11978, 8169}));
  EXPECT_EQ(ids("ＡＢＣ１２３"), (Ids{8051, 12641, 10675, 8939, 8929, 9089}));
  EXPECT_EQ(ids("İstanbul"), (Ids{8310, 10105, 11381, 8178}));
  EXPECT_EQ(ids("ΣΑΣ"), (Ids{226, 13380, 13395}));
  EXPECT_EQ(ids("Привет"), (Ids{247, 13415, 11000, 13403, 13406, 13417}));
  EXPECT_EQ(ids("x²"), (Ids{166, 11699}));
}

TEST(Tokenizer, OtherScripts) {
  EXPECT_EQ(ids("안녕하세요"), (Ids{297, 10928, 9877, 13456, 13474, 10945, 13469, 10928, 13462, 13473, 13463, 13478}));
  EXPECT_EQ(ids("こんにちは"), (Ids{545, 8814, 8294, 12951}));
  EXPECT_EQ(ids("\u304c"), Ids{541});
  EXPECT_EQ(ids("\u304b\u3099"), Ids{541});
  for (const char* unknown : {"ﬁ", "龘", "𠀀", "½", "Ⅷ", "भारत", "\xee\x80\x80", "😀👍🏻"})
    EXPECT_EQ(ids(unknown), Ids{100}) << unknown;
  EXPECT_EQ(ids("…—～"), (Ids{100, 100, 8080}));
  EXPECT_EQ(ids("、。《》【】"), (Ids{510, 511, 517, 518, 523, 524}));
}

TEST(Tokenizer, InvisibleCharacters) {
  EXPECT_EQ(ids("a\u200bb"), Ids{9386});
  EXPECT_EQ(ids("a\u00a0b"), (Ids{143, 144}));
  EXPECT_EQ(ids("a\u3000b"), (Ids{143, 144}));
  EXPECT_EQ(ids("a\u2028b"), (Ids{143, 144}));
  EXPECT_EQ(ids(std::string_view("x\0y", 3)), (Ids{166, 8179}));
}

TEST(Tokenizer, SpecialTokensAreJustText) {
  EXPECT_EQ(ids("[CLS] [SEP] [MASK] [PAD] [UNK]"),
            (Ids{138, 12847, 8118, 140, 138, 9463, 140, 138, 9622, 8998, 140, 138, 10257, 140, 138, 163, 9705, 140}));
}

TEST(Tokenizer, LongWords) {
  EXPECT_EQ(ids(std::string(201, 'A')), Ids{100});
  const Tokens tokens = Tokenizer::chinese().encode(std::string(200, 'a'));
  EXPECT_TRUE(tokens.truncated);
  EXPECT_EQ(tokens.ids.size(), 52u);
  EXPECT_EQ((Ids{tokens.ids.begin(), tokens.ids.begin() + 4}), (Ids{101, 10876, 10226, 10226}));
}

TEST(Tokenizer, TruncationIsReportedOnlyWhenItHappens) {
  std::string fifty;
  for (int i = 0; i < 50; ++i) fifty += "中";
  EXPECT_FALSE(Tokenizer::chinese().encode(fifty).truncated);
  const Tokens cut = Tokenizer::chinese().encode(fifty + "文");
  EXPECT_TRUE(cut.truncated);
  EXPECT_EQ(cut.ids, Tokenizer::chinese().encode(fifty).ids);
  EXPECT_EQ(Tokenizer::chinese().encode("中文", 2).ids, (Ids{101, 102}));
}

TEST(Tokenizer, ContextLengthsThatBertLacksAreRefused) {
  EXPECT_EQ(Tokenizer::chinese().encode("", 512).ids, (Ids{101, 102}));
  for (const int length : {-1, 0, 1, 513}) {
    try {
      Tokenizer::chinese().encode("中文", length);
      ADD_FAILURE() << length;
    } catch (const Error& error) {
      EXPECT_EQ(error.category(), ErrorCategory::usage);
    }
  }
}

TEST(Tokenizer, RefusesWhatIsNotUtf8) {
  for (const char* bad : {"\xff", "a\x80", "\xc0\x80", "\xed\xa0\x80", "\xe4\xb8", "\xf5\x80\x80\x80"}) {
    EXPECT_THROW(Tokenizer::chinese().encode(bad), Error) << bad;
  }
  try {
    Tokenizer::chinese().encode("ab\xff");
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.category(), ErrorCategory::bad_input);
    EXPECT_NE(std::string(error.what()).find("byte 2"), std::string::npos);
  }
}

TEST(Tokenizer, TheWholeTextMustBeUtf8EvenWhereItIsCut) {
  EXPECT_THROW(Tokenizer::chinese().encode("中文字典\xff", 3), Error);
  EXPECT_THROW(Tokenizer::chinese().encode("ΑΣ \xff"), Error);
}

TEST(Tokenizer, SigmaDependsOnItsNeighbours) {
  EXPECT_EQ(ids("ΑΣ中Α"), (Ids{210, 13395, 704, 210}));
  EXPECT_EQ(ids("中Σ"), (Ids{704, 226}));
  EXPECT_EQ(ids("ΑΣ'Α"), (Ids{210, 13396, 112, 210}));
  EXPECT_EQ(ids("Α.Σ"), (Ids{210, 119, 225}));
  EXPECT_EQ(ids("Α\u200bΣ"), (Ids{210, 13395}));
  EXPECT_EQ(ids("ΑΣ\tΒ", TextVariant::training), (Ids{210, 13395, 211}));
  EXPECT_EQ(ids("“ΑΣ”", TextVariant::training), (Ids{107, 210, 13395, 107}));
}

TEST(Tokenizer, DecompositionMayGivePunctuationOrNothing) {
  EXPECT_EQ(ids("≠"), Ids{134});
  EXPECT_EQ(ids("\u037e"), Ids{132});
  EXPECT_EQ(ids("\u0301"), Ids{});
  EXPECT_EQ(ids("中\u0301文"), (Ids{704, 3152}));
  EXPECT_EQ(ids("\uf900"), Ids{6488});  // a compatibility ideograph: 豈
}

}  // namespace
}  // namespace cnclip
