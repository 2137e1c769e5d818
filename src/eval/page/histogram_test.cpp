#include "eval/page/histogram.h"

#include <gtest/gtest.h>

#include <vector>

namespace cnclip {
namespace {

TEST(Histogram, TellsHowOftenTheFirstIsHigher) {
  EXPECT_DOUBLE_EQ(share_higher(std::vector<float>{2, 3}, std::vector<float>{0, 1}), 1);
  EXPECT_DOUBLE_EQ(share_higher(std::vector<float>{0, 1}, std::vector<float>{2, 3}), 0);
  EXPECT_DOUBLE_EQ(share_higher(std::vector<float>{1, 1}, std::vector<float>{1}), 0.5);
  EXPECT_DOUBLE_EQ(share_higher(std::vector<float>{0, 2}, std::vector<float>{1, 2, 3}), (0 + 1.5) / 6);
}

TEST(Histogram, ShowsBothSeries) {
  const std::vector<float> right = {0.5f, 0.75f, 1}, wrong = {0, 0.25f};
  const std::string html = histogram_html({"right <1>", right}, {"wrong", wrong});
  EXPECT_NE(html.find("right &lt;1&gt; (3)"), std::string::npos);
  EXPECT_NE(html.find("wrong (2)"), std::string::npos);
  EXPECT_NE(html.find("100.0 % of pairs"), std::string::npos);
  EXPECT_EQ(html.find("nan"), std::string::npos);
}

TEST(Histogram, BearsEqualScoresAndNone) {
  const std::vector<float> same = {0.5f, 0.5f};
  EXPECT_EQ(histogram_html({"right", same}, {"wrong", same}).find("nan"), std::string::npos);
  EXPECT_EQ(histogram_html({"right", same}, {"wrong", {}}), "");
}

}  // namespace
}  // namespace cnclip
