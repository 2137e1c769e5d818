// What things are called in English. The first word of each list is the plainest.
#pragma once

#include <span>
#include <string_view>

#include "synth/scene.h"

namespace cnclip::synth::english {

struct Noun {
  std::string_view one, many;
};
struct PatternWord {
  std::string_view adjective, noun;  // a striped star, a star with stripes
};

std::span<const Noun> nouns(Shape shape);
std::span<const std::string_view> words(Color color);
std::span<const PatternWord> words(Pattern pattern);             // none for plain
std::span<const std::string_view> words(Size size);              // none for medium
std::span<const std::string_view> words(Background background);  // light blue
std::span<const std::string_view> cell_words(int cell);          // in the top left corner
std::string_view number_word(int count);

}  // namespace cnclip::synth::english
