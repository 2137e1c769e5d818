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

// Written out once more, so that a slip in english_lexicon.cpp shows.
const std::string
    kNumber = "(an|a|two|three|four|five|six)",
    kSize = "(small|little|large|big)",
    kColor = "(red|orange|yellow|green|cyan|turquoise|blue|purple|violet|pink|brown|black|white|grey|gray)",
    kPattern = "(striped|dotted|spotted|checked|checkered)", kMarks = "(stripes|dots|spots|checks)",
    kBack = "((?:(?:light|pale) )?(?:white|black|grey|blue|green|yellow|pink|purple))",
    kNoun =
        "(circles?|discs?|squares?|triangles?|(?:five-pointed )?stars?|(?:love )?hearts?|moons?|crescents?|rings?|"
        "cross(?:es)?|plus signs?|flowers?|blossoms?|clouds?|(?:water )?drops?|diamonds?|rhombus(?:es)?|"
        "rectangles?|cards?|leaf|leaves|houses?|fish)";
const std::vector<std::pair<std::string, Shape>> kShapeOf = {{"circle|disc", Shape::circle},
                                                             {"square", Shape::square},
                                                             {"triangle", Shape::triangle},
                                                             {"star", Shape::star},
                                                             {"heart", Shape::heart},
                                                             {"moon|crescent", Shape::moon},
                                                             {"ring", Shape::ring},
                                                             {"cross|plus", Shape::cross},
                                                             {"flower|blossom", Shape::flower},
                                                             {"cloud", Shape::cloud},
                                                             {"drop", Shape::drop},
                                                             {"diamond|rhombus", Shape::diamond},
                                                             {"rectangle|card", Shape::card},
                                                             {"leaf|leaves", Shape::leaf},
                                                             {"house", Shape::house},
                                                             {"fish", Shape::fish}};
const std::map<std::string, Color> kColorOf = {
    {"red", Color::red},       {"orange", Color::orange},  {"yellow", Color::yellow}, {"green", Color::green},
    {"cyan", Color::cyan},     {"turquoise", Color::cyan}, {"blue", Color::blue},     {"purple", Color::purple},
    {"violet", Color::purple}, {"pink", Color::pink},      {"brown", Color::brown},   {"black", Color::black},
    {"white", Color::white},   {"grey", Color::grey},      {"gray", Color::grey}};
const std::map<std::string, Background> kBackOf = {{"white", Background::white}, {"black", Background::black},
                                                   {"grey", Background::grey},   {"blue", Background::blue},
                                                   {"green", Background::green}, {"yellow", Background::yellow},
                                                   {"pink", Background::pink},   {"purple", Background::purple}};
const std::map<std::string, int> kCountOf = {{"a", 1},    {"an", 1},   {"two", 2}, {"three", 3},
                                             {"four", 4}, {"five", 5}, {"six", 6}};

Shape shape_of(const std::string& noun) {
  for (const auto& [words, shape] : kShapeOf) {
    if (std::regex_search(noun, std::regex("\\b(?:" + words + ")"))) return shape;
  }
  ADD_FAILURE() << noun;
  return {};
}
Pattern pattern_of(const std::string& word) {
  return word.starts_with("strip") ? Pattern::stripes : word.starts_with("check") ? Pattern::checks : Pattern::dots;
}

// Takes backgrounds away and puts <1> and <2> for things; what was found is checked against the scene.
struct Reader {
  const Scene& scene;
  std::vector<const Object*> things = {};  // in order of mention
  Claims claims = 0;

  std::string skeleton(std::string text) {
    static const std::regex back("on an? " + kBack + " background(?:, )?|an? " + kBack +
                                 " background with |, the background is " + kBack + "|of an? " + kBack +
                                 " (?:picture|image)");
    if (std::smatch match; std::regex_search(text, match, back)) {
      for (int group = 1; group <= 4; ++group) {
        if (!match[group].matched) continue;
        const std::string word = match[group].str();
        EXPECT_EQ(kBackOf.at(word.substr(word.rfind(' ') + 1)), scene.background) << text;
      }
      claims |= background;
      text = match.prefix().str() + match.suffix().str();
    }
    static const std::regex thing("\\b" + kNumber + " (?:" + kSize + " )?(?:" + kColor + " )?(?:" + kPattern + " )?" +
                                  kNoun + "\\b(?: with " + kMarks + ")?");
    for (std::smatch match; std::regex_search(text, match, thing);) {
      check(match);
      text = match.prefix().str() + (things.size() == 1 ? "<1>" : "<2>") + match.suffix().str();
    }
    return text;
  }

  void check(const std::smatch& match) {
    const std::string noun = match[5], article = match[1];
    const bool is_first = shape_of(noun) == scene.first.shape;
    const Object& object = is_first ? scene.first : scene.second;
    EXPECT_EQ(shape_of(noun), object.shape) << match[0];
    things.push_back(&object);
    EXPECT_EQ(kCountOf.at(article), scene.count) << match[0];
    EXPECT_EQ(scene.count > 1,
              noun == "fish" ? scene.count > 1 : noun.ends_with("s") && noun != "cross" && noun != "rhombus");
    if (scene.count == 1) {
      const char next = match[0].str()[article.size() + 1];
      EXPECT_EQ(article == "an", std::string("aeiou").find(next) != std::string::npos) << match[0];
    }
    if (match[2].matched) {
      const bool large = match[2] == "large" || match[2] == "big";
      EXPECT_EQ(large ? Size::large : Size::small, object.size) << match[0];
      claims |= is_first ? first_size : second_size;
    }
    if (match[3].matched) {
      EXPECT_EQ(kColorOf.at(match[3]), object.color) << match[0];
      claims |= is_first ? first_color : second_color;
    }
    for (const int group : {4, 6}) {
      if (!match[group].matched) continue;
      EXPECT_EQ(pattern_of(match[group]), object.pattern) << match[0];
      claims |= is_first ? first_pattern : second_pattern;
    }
  }
};

Said said(const std::string& text) {
  static const std::vector<std::pair<const char*, Said>> kSentences = {
      {"<1> to the left of <2>", {true, 'l'}},
      {"<1> to the right of <2>", {true, 'r'}},
      {"<1> above <2>", {true, 'a'}},
      {"<1> below <2>", {true, 'b'}},
      {"^to the left of <1>", {false, 'l'}},
      {"^to the right of <1>", {false, 'r'}},
      {"^above <1>", {false, 'a'}},
      {"^below <1>", {false, 'b'}},
      {"<1> on the left and <2> on the right", {true, 'l'}},
      {"<1> on the right and <2> on the left", {true, 'r'}},
      {"<1> at the top and <2> at the bottom", {true, 'a'}},
      {"<1> at the bottom and <2> at the top", {true, 'b'}},
      {"<1> inside <2>", {true, 'i'}},
      {"inside <1> there is <2>", {false, 'i'}},
      {"<1> and <2> inside it", {false, 'i'}}};
  for (const auto& [sentence, meaning] : kSentences) {
    if (std::regex_search(text, std::regex(sentence))) return meaning;
  }
  EXPECT_TRUE(text.find("<1> and <2>") != std::string::npos) << text;
  return {};
}

TEST(EnglishCaptions, SayNothingButTheTruth) {
  Random random(11);
  for (int i = 0; i < 4000; ++i) {
    const Scene scene = random_scene(random, i % 2 == 0 ? Novelty::known : Novelty::held_out);
    const std::vector<Placed> placed = place_objects(scene, random);
    const Caption caption = english_caption(scene, random);
    Reader reader{scene};
    const std::string text = reader.skeleton(caption.text);
    ASSERT_EQ(reader.things.size(), scene.kind == Kind::pair ? 2u : 1u) << caption.text << " " << text;
    const auto has = [&](const char* words) { return std::regex_search(text, std::regex(words)); };
    if (scene.kind == Kind::single) {
      expect_cell({has("left"), has("right"), has("top|upper"), has("bottom|lower"), has("middle|centre")}, placed[0],
                  reader.claims, text);
    }
    if (scene.kind == Kind::group) {
      expect_layout({has("row|left to right"), has("column|top to bottom"), has("scattered|here and there|all over")},
                    placed, reader.claims, text);
    }
    if (scene.kind == Kind::pair) expect_relation(said(text), reader.things, placed, reader.claims, caption.text);
    EXPECT_EQ(reader.claims, caption.claims) << caption.text;
    ASSERT_FALSE(::testing::Test::HasFailure()) << caption.text << " as " << text;
  }
}

TEST(EnglishCaptions, VaryAndStayShort) {
  Random random(3);
  std::map<std::string, int> texts;
  for (int i = 0; i < 2000; ++i) {
    const std::string text = english_caption(random_scene(random, Novelty::known), random).text;
    ++texts[text];
    EXPECT_LT(text.size(), 130u) << text;
    EXPECT_EQ(text.find("  "), std::string::npos) << text;
  }
  EXPECT_GT(texts.size(), 1850u);
}

}  // namespace
}  // namespace cnclip::synth
