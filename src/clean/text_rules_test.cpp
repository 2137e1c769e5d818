#include "clean/text_rules.h"

#include <gtest/gtest.h>

namespace cnclip::clean {
namespace {

std::optional<Dropped> judge(std::string_view toml, std::string_view caption) {
  return TextRules(parse_rules(toml, "test")).judge(caption);
}

TEST(TextRules, LengthCountsCharactersBetweenTheSpaces) {
  constexpr std::string_view kRules = "[length]\nleast = 5\nmost = 6\n";
  EXPECT_EQ(judge(kRules, "一二三四"), Dropped{Rule::length});
  EXPECT_EQ(judge(kRules, "一二三四五"), std::nullopt);
  EXPECT_EQ(judge(kRules, "一二三四五六"), std::nullopt);
  EXPECT_EQ(judge(kRules, "一二三四五六七"), Dropped{Rule::length});
  EXPECT_EQ(judge(kRules, " \t\u3000一二三四 \u3000\r\n"), Dropped{Rule::length});
  EXPECT_EQ(judge(kRules, "一 二 三"), std::nullopt);   // spaces inside count
  EXPECT_EQ(judge(kRules, "𠀀𠀁𠀂𠀃😀"), std::nullopt);  // four bytes each
  EXPECT_EQ(judge(kRules, ""), Dropped{Rule::length});
}

TEST(TextRules, WhatIsNotUtf8IsBroken) {
  EXPECT_EQ(judge("", "好\xff"), Dropped{Rule::broken});
  EXPECT_EQ(judge("", "\xe5\xa5"), Dropped{Rule::broken});
  EXPECT_EQ(judge("", "\xed\xa0\x80"), Dropped{Rule::broken});  // a surrogate
  EXPECT_EQ(judge("", ""), std::nullopt);
}

TEST(TextRules, ShareOfChineseLeavesSpacesOut) {
  constexpr std::string_view kRules = "[chinese_share]\nleast = 0.5\n";
  EXPECT_EQ(judge(kRules, "红花 red f"), Dropped{Rule::chinese_share});  // 2 of 6
  EXPECT_EQ(judge(kRules, "红花   ab"), std::nullopt);                   // 2 of 4
  EXPECT_EQ(judge(kRules, "さくら"), Dropped{Rule::chinese_share});
  EXPECT_EQ(judge(kRules, "㐀𠀀"), std::nullopt);
  EXPECT_EQ(judge(kRules, "。。。"), Dropped{Rule::chinese_share});
  EXPECT_EQ(judge(kRules, ""), std::nullopt);  // of nothing, nothing is missing
}

TEST(TextRules, WordsAreTakenLiterallyAndCaseIsIgnored) {
  constexpr std::string_view kRules = "[blacklist]\nwords = ['a.b', '包邮']\n";
  EXPECT_EQ(judge(kRules, "全国包邮的花"), Dropped{Rule::blacklist});
  EXPECT_EQ(judge(kRules, "xA.By"), Dropped{Rule::blacklist});
  EXPECT_EQ(judge(kRules, "a-b"), std::nullopt);
}

TEST(TextRules, TheFirstRuleInOrderGetsTheCaption) {
  constexpr std::string_view kRules =
      "[blacklist]\nwords = ['下载']\n[url]\npatterns = ['https?://']\n[length]\nleast = 3\nmost = 100\n";
  EXPECT_EQ(judge(kRules, "下载 http://a.cn"), Dropped{Rule::url});
  EXPECT_EQ(judge(kRules, "下载"), Dropped{Rule::length});
  EXPECT_EQ(judge(kRules, "下载它吧"), Dropped{Rule::blacklist});
}

TEST(TextRules, ARuleWithoutWordsDropsNothing) {
  EXPECT_EQ(judge("[blacklist]\n[url]\nwords = []\n", "任何一句话"), std::nullopt);
}

TEST(TextRules, AnchorsMeanTheTrimmedCaption) {
  constexpr std::string_view kRules = "[file_name]\npatterns = ['^[0-9a-f]{8,}$']\n";
  EXPECT_EQ(judge(kRules, " 00ffAA11 "), Dropped{Rule::file_name});
  EXPECT_EQ(judge(kRules, "编号 00ffaa11"), std::nullopt);
}

TEST(TextRules, TheRulesOfThePaper) {
  const TextRules rules(read_rules(CNCLIP_SOURCE_DIR "/configs/clean/paper.toml"));
  for (const char* caption : {"一只橘猫躺在窗台上晒太阳", "两个孩子在海边堆沙堡", "2015年北京的秋天", "红色的A字裙"}) {
    EXPECT_EQ(rules.judge(caption), std::nullopt) << caption;
  }
  EXPECT_EQ(rules.judge("一只猫"), Dropped{Rule::length});
  EXPECT_EQ(rules.judge("见 https://a.example/b 的图"), Dropped{Rule::url});
  EXPECT_EQ(rules.judge("来自taobao.com的商品"), Dropped{Rule::url});
  EXPECT_EQ(rules.judge("IMG_20150304 海边"), Dropped{Rule::file_name});
  EXPECT_EQ(rules.judge("红色连衣裙正面.JPG"), Dropped{Rule::file_name});
  EXPECT_EQ(rules.judge("红色连衣裙全国包邮"), Dropped{Rule::advertising});
  EXPECT_EQ(rules.judge("订购请打13812345678"), Dropped{Rule::advertising});
  EXPECT_EQ(rules.judge("美丽的风景图片素材"), Dropped{Rule::blacklist});
}

}  // namespace
}  // namespace cnclip::clean
