// What things are called in Chinese. The first word of each list is the plainest.
#pragma once

#include <span>
#include <string_view>

#include "synth/scene.h"

namespace cnclip::synth {

struct Noun {
  std::string_view word;
  std::span<const std::string_view> measures;  // 一颗星星, 三张卡片
};

std::span<const Noun> nouns(Shape shape);
std::span<const std::string_view> words(Color color);            // 红色
std::span<const std::string_view> words(Pattern pattern);        // 条纹; none for plain
std::span<const std::string_view> words(Background background);  // 浅蓝色
std::span<const std::string_view> cell_words(int cell);          // 左上角
std::string_view number_word(int count);                         // before a measure word: 两, not 二

}  // namespace cnclip::synth
