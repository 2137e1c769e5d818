#include "train/masking.h"

#include <gtest/gtest.h>

#include <map>

#include "cnclip/error.h"

namespace cnclip {
namespace {

const SpecialTokens kSpecial = official_special_tokens();
constexpr std::int32_t kVocabulary = 21128;

TEST(Masking, AsksForFifteenPercentAndHidesFourOfFive) {
  const Masking masking(kSpecial, kVocabulary);
  std::vector<std::int32_t> text = {kSpecial.cls};
  for (int i = 0; i < 100; ++i) text.push_back(1000 + i);
  text.push_back(kSpecial.sep);
  std::map<std::size_t, int> asked;
  int hidden = 0, kept = 0;
  constexpr int kTexts = 2000;
  for (int i = 0; i < kTexts; ++i) {
    Random random(3, std::to_string(i));
    MaskedTexts masked;
    masking.add(text, random, masked);
    ASSERT_EQ(masked.ids.size(), text.size());
    ASSERT_EQ(masked.places.size(), 15u);
    std::vector<std::int32_t> restored = masked.ids;
    for (std::size_t k = 0; k < masked.places.size(); ++k) {
      const auto place = static_cast<std::size_t>(masked.places[k]);
      restored[place] = masked.answers[k];
      hidden += masked.ids[place] == kSpecial.mask ? 1 : 0;
      kept += masked.ids[place] == masked.answers[k] ? 1 : 0;
      ++asked[place];
      EXPECT_TRUE(masked.ids[place] >= 0 && masked.ids[place] < kVocabulary);
    }
    EXPECT_EQ(restored, text) << "nothing else is changed";
  }
  EXPECT_NEAR(hidden / (15.0 * kTexts), 0.8, 0.01);
  EXPECT_NEAR(kept / (15.0 * kTexts), 0.1, 0.01);
  ASSERT_EQ(asked.size(), 100u);
  for (const auto& [place, times] : asked) EXPECT_NEAR(times, 0.15 * kTexts, 80) << place;
}

TEST(Masking, NeverAsksForSpecialTokensAndOfEachTextForOne) {
  const Masking masking(kSpecial, kVocabulary);
  MaskedTexts masked;
  Random random(1);
  for (int i = 0; i < 200; ++i) {
    masking.add(std::vector{kSpecial.cls, kSpecial.unknown, 5000, kSpecial.sep, kSpecial.pad}, random, masked);
  }
  masking.add(std::vector{kSpecial.cls, kSpecial.sep}, random, masked);
  EXPECT_EQ(masked.answers, std::vector<std::int32_t>(200, 5000));
  for (std::size_t i = 0; i < 200; ++i) EXPECT_EQ(masked.places[i], static_cast<std::int64_t>(5 * i + 2));
}

TEST(Masking, NeedsAMask) {
  EXPECT_THROW(Masking(SpecialTokens{0, 1, 2, 3, -1}, 100), Error);
  EXPECT_THROW(Masking(kSpecial, 50), Error);
}

}  // namespace
}  // namespace cnclip
