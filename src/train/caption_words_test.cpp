#include "train/caption_words.h"

#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include <cmath>

#include "base/error.h"
#include "cnclip/tokenizer.h"

namespace cnclip {
namespace {

class Captions final : public PairStore {
 public:
  std::size_t size() const override { return 4; }
  Pair get(std::size_t index, PairParts) const override {
    constexpr const char* kTexts[] = {"红红花", "红鱼", "", "蓝鱼"};
    if (index == 2) throw_bad_input("pair 2: is damaged");
    return {0, 0, {}, kTexts[index]};
  }
};

TEST(CaptionWords, EveryWordOnceByWhatItTells) {
  const CaptionWords words(Captions(), 20);
  EXPECT_EQ(words.count(), 4);
  const auto encode = [](const char* text) { return Tokenizer::chinese().encode(text, 20).ids; };
  std::vector<std::int32_t> ids = encode("鱼红鱼红"), other = encode("绿");
  const std::vector<std::int32_t> lengths = {static_cast<std::int32_t>(ids.size()),
                                             static_cast<std::int32_t>(other.size())};
  ids.insert(ids.end(), other.begin(), other.end());
  const at::Tensor labels = words.labels(ids, lengths);
  EXPECT_EQ((labels[0] > 0).sum().item<int>(), 2);
  EXPECT_NEAR(labels[0].sum().item<double>(), 1, 1e-6);
  EXPECT_EQ(labels[1].sum().item<double>(), 0) << "a word that no caption of the data set holds";
  // Two of three captions hold each of them: as likely; a rare word weighs more.
  EXPECT_NEAR(labels[0].max().item<double>(), 0.5, 1e-6);
  const auto flower = encode("红花");
  const at::Tensor rare = words.labels(flower, std::vector<std::int32_t>{static_cast<std::int32_t>(flower.size())});
  const double common = std::log(1 + 3.0 / 3), single = std::log(1 + 3.0 / 2);
  EXPECT_NEAR(rare.max().item<double>(), single / (common + single), 1e-6);
}

}  // namespace
}  // namespace cnclip
