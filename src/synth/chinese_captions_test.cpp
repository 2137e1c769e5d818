// Captions are read back by a small parser of their own, and held against the facts and the places of the drawing.
#if defined(__GNUC__) && !defined(__clang__)  // GCC 12 warns of its own <regex>, under sanitizers
#pragma GCC diagnostic ignored "-Wmaybe-uninitialized"
#endif
#include <gtest/gtest.h>

#include <map>
#include <regex>

#include "synth/test_captions.h"

namespace cnclip::synth {
namespace {

// Written out once more, so that a slip in chinese_lexicon.cpp shows.
const std::map<std::string, std::pair<Shape, std::string>> kNouns = {
    {"圆", {Shape::circle, "个"}},    {"圆形", {Shape::circle, "个"}},     {"正方形", {Shape::square, "个"}},
    {"方块", {Shape::square, "个"}},  {"三角形", {Shape::triangle, "个"}}, {"五角星", {Shape::star, "颗|个"}},
    {"星星", {Shape::star, "颗"}},    {"爱心", {Shape::heart, "颗|个"}},   {"心形", {Shape::heart, "个"}},
    {"月亮", {Shape::moon, "个"}},    {"月牙", {Shape::moon, "弯|个"}},    {"圆环", {Shape::ring, "个"}},
    {"十字", {Shape::cross, "个"}},   {"加号", {Shape::cross, "个"}},      {"花", {Shape::flower, "朵"}},
    {"花儿", {Shape::flower, "朵"}},  {"云", {Shape::cloud, "朵|片"}},     {"云彩", {Shape::cloud, "朵|片"}},
    {"水滴", {Shape::drop, "颗|个"}}, {"水珠", {Shape::drop, "颗"}},       {"菱形", {Shape::diamond, "个"}},
    {"长方形", {Shape::card, "个"}},  {"卡片", {Shape::card, "张"}},       {"叶子", {Shape::leaf, "片"}},
    {"树叶", {Shape::leaf, "片"}},    {"房子", {Shape::house, "座|栋"}},   {"鱼", {Shape::fish, "条"}},
};
const std::map<std::string, Color> kColorWords = {
    {"红色", Color::red},   {"橙色", Color::orange}, {"橘色", Color::orange}, {"黄色", Color::yellow},
    {"绿色", Color::green}, {"青色", Color::cyan},   {"蓝色", Color::blue},   {"紫色", Color::purple},
    {"粉色", Color::pink},  {"粉红色", Color::pink}, {"棕色", Color::brown},  {"褐色", Color::brown},
    {"黑色", Color::black}, {"白色", Color::white},  {"灰色", Color::grey},
};
const std::map<std::string, Pattern> kPatternWords = {
    {"条纹", Pattern::stripes}, {"斜条纹", Pattern::stripes}, {"圆点", Pattern::dots},
    {"波点", Pattern::dots},    {"格子", Pattern::checks},    {"方格", Pattern::checks},
};
const std::map<std::string, Background> kBackgroundWords = {
    {"白色", Background::white},    {"黑色", Background::black},    {"浅灰色", Background::grey},
    {"淡灰色", Background::grey},   {"浅蓝色", Background::blue},   {"淡蓝色", Background::blue},
    {"浅绿色", Background::green},  {"淡绿色", Background::green},  {"浅黄色", Background::yellow},
    {"淡黄色", Background::yellow}, {"浅粉色", Background::pink},   {"淡粉色", Background::pink},
    {"浅紫色", Background::purple}, {"淡紫色", Background::purple},
};
const std::map<std::string, int> kNumbers = {{"一", 1}, {"两", 2}, {"三", 3}, {"四", 4}, {"五", 5}, {"六", 6}};

template <class Map>
std::string any_of(const Map& words) {  // longest first, so that 圆形 is not read as 圆
  std::vector<std::string> all;
  for (const auto& [word, meaning] : words) all.push_back(word);
  std::sort(all.begin(), all.end(), [](const auto& a, const auto& b) { return a.size() > b.size(); });
  std::string text;
  for (const auto& word : all) text += (text.empty() ? "" : "|") + word;
  return "(" + text + ")";
}

// Replaces backgrounds by nothing and things by ① and ②; what was found is checked against the scene.
struct Reader {
  const Scene& scene;
  std::vector<const Object*> things;  // in order of mention
  Claims claims = 0;

  std::string skeleton(std::string text) {
    static const std::regex before(any_of(kBackgroundWords) + "(?:的)?(背景|画面|图片|图)"),
        after("背景是" + any_of(kBackgroundWords) + "的");
    for (const std::regex* place : {&after, &before}) {
      std::smatch match;
      if (!std::regex_search(text, match, *place)) continue;
      EXPECT_EQ(kBackgroundWords.at(match[1]), scene.background) << text;
      claims |= background;
      text = match.prefix().str() + (place == &before ? match[2].str() : "") + match.suffix().str();
    }
    static const std::regex thing("(?:" + any_of(kNumbers) + "(个|颗|弯|朵|片|张|座|栋|条))?(?:(大大|小小)的)?(?:带" +
                                  any_of(kPatternWords) + "的)?" + any_of(kColorWords) + "?(?:的)?" +
                                  any_of(kPatternWords) + "?(?:的)?(大|小)?" + any_of(kNouns));
    for (std::smatch match; std::regex_search(text, match, thing);) {
      check(match);
      text = match.prefix().str() + (things.size() == 1 ? "①" : "②") + match.suffix().str();
    }
    return text;
  }

  void check(const std::smatch& match) {
    const auto& [shape, measures] = kNouns.at(match[8]);
    const bool is_first = shape == scene.first.shape;
    const Object& object = is_first ? scene.first : scene.second;
    EXPECT_EQ(shape, object.shape) << match[0];
    things.push_back(&object);
    if (match[1].matched) {
      EXPECT_EQ(kNumbers.at(match[1]), scene.count) << match[0];
      EXPECT_TRUE(std::regex_match(match[2].str(), std::regex(measures))) << match[0] << ": " << match[2];
    }
    if (match[5].matched) {
      EXPECT_EQ(kColorWords.at(match[5]), object.color) << match[0];
      claims |= is_first ? first_color : second_color;
    }
    for (const int group : {4, 6}) {
      if (!match[group].matched) continue;
      EXPECT_EQ(kPatternWords.at(match[group]), object.pattern) << match[0];
      claims |= is_first ? first_pattern : second_pattern;
    }
    for (const int group : {3, 7}) {
      if (!match[group].matched) continue;
      EXPECT_EQ(match[group].str().substr(0, 3) == "大" ? Size::large : Size::small, object.size) << match[0];
      claims |= is_first ? first_size : second_size;
    }
  }
};

Said said(const std::string& text) {
  static const std::map<std::string, char> words = {{"左边", 'l'}, {"左侧", 'l'}, {"右边", 'r'}, {"右侧", 'r'},
                                                    {"上面", 'a'}, {"上方", 'a'}, {"下面", 'b'}, {"下方", 'b'}};
  const std::string word = any_of(words);
  std::smatch match;
  if (std::regex_search(text, match, std::regex("①在②的" + word))) return {true, words.at(match[1])};
  if (std::regex_search(text, match, std::regex("①的" + word + "有②"))) return {false, words.at(match[1])};
  if (std::regex_search(text, match, std::regex(word + "是①，" + word + "是②"))) {
    EXPECT_NE(words.at(match[1]), words.at(match[2]));
    return {true, words.at(match[1])};
  }
  if (std::regex_search(text, std::regex("①里面有②|①的里面画着②"))) return {false, 'i'};
  if (text.find("①在②里面") != std::string::npos) return {true, 'i'};
  EXPECT_TRUE(text.find("①和②") != std::string::npos) << text;
  return {};
}

Sides sides_of(const std::string& text) {
  const auto has = [&](const char* words) { return std::regex_search(text, std::regex(words)); };
  return {has("左"), has("右"), has("上角|上方|顶部"), has("下角|下方|底部"), has("中间|正中央")};
}
Order order_of(const std::string& text) {
  const auto has = [&](const char* words) { return std::regex_search(text, std::regex(words)); };
  return {has("一排|一行|从左到右"), has("一列|从上到下"), has("散落|散布|零散")};
}

TEST(ChineseCaptions, SayNothingButTheTruth) {
  Random random(11);
  for (int i = 0; i < 4000; ++i) {
    const Scene scene = random_scene(random, i % 2 == 0 ? Novelty::known : Novelty::held_out);
    const std::vector<Placed> placed = place_objects(scene, random);
    const Caption caption = chinese_caption(scene, random);
    Reader reader{scene, {}, 0};
    const std::string text = reader.skeleton(caption.text);
    ASSERT_EQ(reader.things.size(), scene.kind == Kind::pair ? 2u : 1u) << caption.text << " " << text;
    if (scene.kind == Kind::single) expect_cell(sides_of(text), placed[0], reader.claims, text);
    if (scene.kind == Kind::group) expect_layout(order_of(text), placed, reader.claims, text);
    if (scene.kind == Kind::pair) expect_relation(said(text), reader.things, placed, reader.claims, caption.text);
    EXPECT_EQ(reader.claims, caption.claims) << caption.text;
    ASSERT_FALSE(::testing::Test::HasFailure()) << caption.text << " as " << text;
  }
}

TEST(ChineseCaptions, VaryAndStayShort) {
  Random random(3);
  std::map<std::string, int> texts;
  for (int i = 0; i < 2000; ++i) {
    const Scene scene = random_scene(random, Novelty::known);
    const std::string text = chinese_caption(scene, random).text;
    ++texts[text];
    EXPECT_LT(text.size(), 3 * 50u) << text;
    EXPECT_EQ(text.find("的的"), std::string::npos) << text;
  }
  EXPECT_GT(texts.size(), 1900u);
}

}  // namespace
}  // namespace cnclip::synth
