// What facts are called in one language.
#pragma once

#include <concepts>
#include <span>
#include <string_view>

#include "synth/captions.h"

namespace cnclip::synth {

// None, one, or two that mean the same; the first is the plainest.
template <class T>
class Choice {
 public:
  constexpr Choice() = default;
  constexpr Choice(T plain) : all_{plain, {}}, count_(1) {}
  constexpr Choice(const char* plain) requires std::same_as<T, std::string_view> : Choice(T(plain)) {}
  constexpr Choice(T plain, T other) : all_{plain, other}, count_(2) {}

  constexpr const T& plain() const { return all_[0]; }  // empty where there is none
  constexpr std::span<const T> all() const { return {all_, count_}; }

 private:
  T all_[2] = {};
  std::size_t count_ = 0;
};
using Words = Choice<std::string_view>;

struct Noun {
  std::string_view word;
  Words counted;  // in Chinese the measure words (一颗星星, 三张卡片), in English the plural
};
struct PatternWord {
  std::string_view noun, adjective = {};  // a star with stripes, a striped star; no adjectives in Chinese
};

struct Lexicon {
  Choice<Noun> shapes[kShapes];
  Words colors[kColors];                    // 红色, red
  Choice<PatternWord> patterns[kPatterns];  // none for plain
  Words sizes[kSizes];                      // none for medium
  Words backgrounds[kBackgrounds];          // 浅蓝色, light blue
  Words cells[kCells];                      // 左上角, in the top left corner
  std::string_view numbers[kMostObjects];   // from one; before a measure word: 两, not 二
  std::string_view layouts[kLayouts], relations[kRelations];

  const Choice<Noun>& of(Shape shape) const { return shapes[static_cast<int>(shape)]; }
  const Words& of(Color color) const { return colors[static_cast<int>(color)]; }
  const Choice<PatternWord>& of(Pattern pattern) const { return patterns[static_cast<int>(pattern)]; }
  const Words& of(Size size) const { return sizes[static_cast<int>(size)]; }
  const Words& of(Background background) const { return backgrounds[static_cast<int>(background)]; }
  std::string_view of(Layout layout) const { return layouts[static_cast<int>(layout)]; }
  std::string_view of(Relation relation) const { return relations[static_cast<int>(relation)]; }
};

extern const Lexicon chinese_lexicon, english_lexicon;

}  // namespace cnclip::synth
