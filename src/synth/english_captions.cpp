#include <fmt/format.h>

#include "synth/sentence.h"

namespace cnclip::synth {
namespace {

class EnglishWriter final : public SentenceWriter {
 public:
  EnglishWriter(const Scene& scene, Random& random) : SentenceWriter(scene, random, english_lexicon) {
    first_ = phrase(scene.first, scene.count, first_color, first_pattern, first_size);
    if (scene.kind == Kind::pair) second_ = phrase(scene.second, 1, second_color, second_pattern, second_size);
  }

 private:
  // a large red star with stripes, three small fish
  std::string phrase(const Object& object, int count, Claim color_claim, Claim pattern_claim, Claim size_claim) {
    const Noun& noun = any(lexicon_.of(object.shape));
    std::string before, behind;
    if (has_size(object) && say(size_claim, kSizeSaid)) before += std::string(any(lexicon_.of(object.size))) + " ";
    if (say(color_claim, kColorSaid)) before += std::string(any(lexicon_.of(object.color))) + " ";
    if (object.pattern != Pattern::plain && say(pattern_claim, kPatternSaid)) {
      const PatternWord& pattern = any(lexicon_.of(object.pattern));
      if (chance(0.5)) {
        before += std::string(pattern.adjective) + " ";
      } else {
        behind = fmt::format(" with {}", pattern.noun);
      }
    }
    const std::string text = fmt::format("{}{}{}", before, count > 1 ? noun.counted.plain() : noun.word, behind);
    if (count > 1) return fmt::format("{} {}", lexicon_.numbers[count - 1], text);
    return with_article(text);
  }

  static std::string with_article(std::string_view text) {
    const bool vowel = std::string_view("aeiou").find(text[0]) != std::string_view::npos;
    return fmt::format("{} {}", vowel ? "an" : "a", text);
  }
  std::string frame() {
    static constexpr Words kWords = {"picture", "image"};
    return std::string(any(kWords));
  }

  // The sentence, with the background said before it, behind it, or not.
  std::string on_background(const std::string& text) {
    if (!say(background, 0.35)) return text;
    return one_of([&] { return fmt::format("{} on {} background", text, with_article(back())); },
                  [&] { return fmt::format("on {} background, {}", with_article(back()), text); },
                  [&] { return fmt::format("{}, the background is {}", text, back()); });
  }
  std::string plain(const std::string& things) {
    return one_of([&] { return things; }, [&] { return fmt::format("{} of {}", with_article(frame()), things); },
                  [&] { return fmt::format("the {} shows {}", frame(), things); });
  }

  std::string single() override {
    if (say(arrangement, 0.75)) {
      const std::string where(any(lexicon_.cells[scene_.cell]));
      if (say(background, 0.3)) {
        return one_of([&] { return fmt::format("{} {} of {} {}", first_, where, with_article(back()), frame()); },
                      [&] { return fmt::format("{} {}, on {} background", first_, where, with_article(back())); },
                      [&] { return fmt::format("on {} background, {} {}", with_article(back()), first_, where); },
                      [&] { return fmt::format("{} there is {}, the background is {}", where, first_, back()); });
      }
      return one_of([&] { return fmt::format("{} {} of the {}", first_, where, frame()); },
                    [&] { return fmt::format("there is {} {}", first_, where); },
                    [&] { return fmt::format("{} of the {} there is {}", where, frame(), first_); },
                    [&] { return fmt::format("{} {}", first_, where); },
                    [&] { return fmt::format("{} with {} {}", with_article(frame()), first_, where); });
    }
    if (say(background, 0.5)) {
      return one_of([&] { return fmt::format("{} on {} background", first_, with_article(back())); },
                    [&] { return fmt::format("{} background with {}", with_article(back()), first_); },
                    [&] { return fmt::format("{}, the background is {}", first_, back()); });
    }
    return plain(first_);
  }

  std::string group() override {
    if (!say(arrangement, 0.75)) return on_background(plain(first_));
    const auto laid_out = [&]() -> std::string {
      switch (scene_.layout) {
        case Layout::row:
          return one_of([&] { return first_ + " in a row"; }, [&] { return "a row of " + first_; },
                        [&] { return first_ + " from left to right"; });
        case Layout::column:
          return one_of([&] { return first_ + " in a column"; }, [&] { return "a column of " + first_; },
                        [&] { return first_ + " from top to bottom"; });
        case Layout::scattered:
          return one_of([&] { return fmt::format("{} scattered over the {}", first_, frame()); },
                        [&] { return first_ + " here and there"; },
                        [&] { return fmt::format("{} all over the {}", first_, frame()); });
      }
      return {};
    };
    return on_background(laid_out());
  }

  std::string pair() override {
    if (!say(arrangement, 0.85)) {
      const bool turned = chance(0.5);
      return on_background(plain(fmt::format("{} and {}", turned ? second_ : first_, turned ? first_ : second_)));
    }
    return on_background(scene_.relation == Relation::inside ? inside() : beside());
  }

  std::string inside() {
    return one_of([&] { return fmt::format("{} inside {}", first_, second_); },
                  [&] { return fmt::format("inside {} there is {}", second_, first_); },
                  [&] { return fmt::format("{} and {} inside it", second_, first_); });
  }

  std::string beside() {
    const bool level = scene_.relation == Relation::left_of;
    const std::string_view first_of = level ? "to the left of" : "above",
                           second_of = level ? "to the right of" : "below";
    const std::string_view here = level ? "on the left" : "at the top",
                           there = level ? "on the right" : "at the bottom";
    return one_of([&] { return fmt::format("{} {} {}", first_, first_of, second_); },
                  [&] { return fmt::format("{} {} {}", second_, second_of, first_); },
                  [&] { return fmt::format("{} {} there is {}", first_of, second_, first_); },
                  [&] { return fmt::format("{} {} there is {}", second_of, first_, second_); },
                  [&] { return fmt::format("{} {} and {} {}", first_, here, second_, there); },
                  [&] { return fmt::format("{} {} and {} {}", second_, there, first_, here); });
  }

  std::string first_, second_;
};

}  // namespace

Caption english_caption(const Scene& scene, Random& random) {
  return EnglishWriter(scene, random).write();
}

}  // namespace cnclip::synth
