#include <fmt/format.h>

#include "synth/sentence.h"

namespace cnclip::synth {
namespace {

class ChineseWriter final : public SentenceWriter {
 public:
  ChineseWriter(const Scene& scene, Random& random) : SentenceWriter(scene, random, chinese_lexicon) {
    first_ = phrase(scene.first, first_color, first_pattern, first_size);
    if (scene.kind == Kind::pair) second_ = phrase(scene.second, second_color, second_pattern, second_size);
  }

 private:
  // 红色的大五角星, and 颗 to count it by.
  struct Phrase {
    std::string text;
    std::string_view measure;
  };

  Phrase phrase(const Object& object, Claim color_claim, Claim pattern_claim, Claim size_claim) {
    const Noun& noun = any(lexicon_.of(object.shape));
    const std::string color(say(color_claim, kColorSaid) ? any(lexicon_.of(object.color)) : "");
    const bool patterned = object.pattern != Pattern::plain && say(pattern_claim, kPatternSaid);
    const std::string pattern(patterned ? any(lexicon_.of(object.pattern)).noun : "");
    const bool sized = has_size(object) && say(size_claim, kSizeSaid);
    const bool short_noun = noun.word.size() == 3;  // one character
    std::string before, size;                       // 小小的红色花儿, 红色小花儿
    if (sized) {
      const std::string_view word = lexicon_.of(object.size).plain();
      if (!short_noun && chance(0.25))
        before = fmt::format("{}{}的", word, word);
      else
        size = word;
    }
    std::string middle;
    const bool bare = short_noun && size.empty();  // wants 的 before it: 红色花儿, but 红色的花
    if (!pattern.empty() && !color.empty() && bare) {
      middle = color + pattern;
    } else if (!pattern.empty() && !color.empty()) {
      middle = one_of([&] { return fmt::format("带{}的{}", pattern, color); }, [&] { return color + pattern; },
                      [&] { return fmt::format("{}的{}", color, pattern); });
    } else if (!pattern.empty()) {
      middle = one_of([&] { return fmt::format("带{}的", pattern); }, [&] { return pattern; });
    } else if (!color.empty()) {
      middle = color + (before.empty() && chance(0.6) ? "的" : "");
    }
    if (bare && !middle.empty() && !middle.ends_with("的")) middle += "的";
    return {before + middle + size + std::string(noun.word), any(noun.counted)};
  }

  std::string counted(const Phrase& phrase, int count = 1) {
    return fmt::format("{}{}{}", lexicon_.numbers[count - 1], phrase.measure, phrase.text);
  }
  std::string frame() {
    static constexpr Words kWords = {"画面", "图片"};
    return std::string(any(kWords));
  }

  // The sentence, with the background said before it, behind it, or not.
  std::string on_background(const std::string& text) {
    if (!say(background, 0.35)) return text;
    return one_of([&] { return fmt::format("{}的背景上，{}", back(), text); },
                  [&] { return fmt::format("{}背景，{}", back(), text); },
                  [&] { return fmt::format("{}，背景是{}的", text, back()); });
  }
  std::string plain(const std::string& things) {
    return one_of([&] { return things; }, [&] { return fmt::format("{}里有{}", frame(), things); },
                  [&] { return fmt::format("图上画着{}", things); });
  }

  std::string single() override {
    const std::string thing = counted(first_);
    if (say(arrangement, 0.75)) {
      const std::string where(any(lexicon_.cells[scene_.cell]));
      if (say(background, 0.3)) {
        return one_of([&] { return fmt::format("{}背景的{}有{}", back(), where, thing); },
                      [&] { return fmt::format("{}在{}{}的{}", thing, back(), frame(), where); },
                      [&] { return fmt::format("{}的背景上，{}画着{}", back(), where, thing); },
                      [&] { return fmt::format("{}有{}，背景是{}的", where, thing, back()); });
      }
      return one_of([&] { return fmt::format("{}{}有{}", frame(), where, thing); },
                    [&] { return fmt::format("{}有{}", where, thing); },
                    [&] { return fmt::format("{}在{}{}", thing, frame(), where); },
                    [&] { return fmt::format("{}，位于{}的{}", thing, frame(), where); },
                    [&] { return fmt::format("{}的{}画着{}", frame(), where, thing); });
    }
    if (say(background, 0.5)) {
      return one_of([&] { return fmt::format("{}背景上有{}", back(), thing); },
                    [&] { return fmt::format("{}画在{}的背景上", thing, back()); },
                    [&] { return fmt::format("{}，背景是{}的", thing, back()); });
    }
    return one_of([&] { return thing; }, [&] { return fmt::format("{}里有{}", frame(), thing); },
                  [&] { return fmt::format("图上画着{}", thing); }, [&] { return fmt::format("这是{}", thing); });
  }

  std::string group() override {
    const std::string things = counted(first_, scene_.count);
    const auto laid_out = [&]() -> std::string {
      switch (scene_.layout) {
        case Layout::row:
          return one_of([&] { return things + "排成一排"; }, [&] { return things + "横着排成一行"; },
                        [&] { return things + "从左到右排开"; });
        case Layout::column:
          return one_of([&] { return things + "排成一列"; }, [&] { return things + "竖着排成一列"; },
                        [&] { return things + "从上到下排开"; });
        case Layout::scattered:
          return one_of([&] { return fmt::format("{}散落在{}里", things, frame()); },
                        [&] { return fmt::format("{}里散布着{}", frame(), things); },
                        [&] { return things + "零散地分布着"; });
      }
      return {};
    };
    return on_background(say(arrangement, 0.75) ? laid_out() : plain(things));
  }

  std::string pair() override {
    const std::string first = counted(first_), second = counted(second_);
    if (!say(arrangement, 0.85)) {
      const bool turned = chance(0.5);
      const std::string both = fmt::format("{}和{}", turned ? second : first, turned ? first : second);
      return on_background(plain(both));
    }
    return on_background(scene_.relation == Relation::inside ? inside(first, second) : beside(first, second));
  }

  std::string inside(const std::string& first, const std::string& second) {
    return one_of([&] { return fmt::format("{}里面有{}", second, first); },
                  [&] { return fmt::format("{}在{}里面", first, second); },
                  [&] { return fmt::format("{}的里面画着{}", second_.text, first); });
  }

  std::string beside(const std::string& first, const std::string& second) {
    static constexpr std::string_view kLeft[] = {"左边", "左侧"}, kRight[] = {"右边", "右侧"};
    static constexpr std::string_view kAbove[] = {"上面", "上方"}, kBelow[] = {"下面", "下方"};
    const bool level = scene_.relation == Relation::left_of;
    const std::size_t style = static_cast<std::size_t>(below(random_, 2));  // 左边 goes with 右边
    const std::string_view here = level ? kLeft[style] : kAbove[style], there = level ? kRight[style] : kBelow[style];
    return one_of([&] { return fmt::format("{}在{}的{}", first, second_.text, here); },
                  [&] { return fmt::format("{}在{}的{}", second, first_.text, there); },
                  [&] { return fmt::format("{}的{}有{}", second_.text, here, first); },
                  [&] { return fmt::format("{}的{}有{}", first_.text, there, second); },
                  [&] { return fmt::format("{}是{}，{}是{}", here, first, there, second); },
                  [&] { return fmt::format("{}是{}，{}是{}", there, second, here, first); });
  }

  Phrase first_, second_;
};

}  // namespace

Caption chinese_caption(const Scene& scene, Random& random) {
  return ChineseWriter(scene, random).write();
}

}  // namespace cnclip::synth
