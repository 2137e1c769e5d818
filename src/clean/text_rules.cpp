#include "clean/text_rules.h"

#include <re2/re2.h>

#include "base/error.h"
#include "text/unicode.h"
#include "text/utf8.h"

namespace cnclip::clean {
namespace {

constexpr std::int64_t kAutomatonBytes = 64 << 20;

bool is_end_space(char c) {
  return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

struct Scanned {
  int characters = 0;
  int spaces = 0;
  int chinese = 0;
};

// Nothing where the text is not UTF-8.
std::optional<Scanned> scan(std::string_view text) {
  Scanned scanned;
  try {
    for (std::size_t at = 0; at < text.size();) {
      const char32_t c = next_character(text, at);
      ++scanned.characters;
      scanned.spaces += c == ' ' || c == '\t' || c == 0x3000 ? 1 : 0;
      scanned.chinese += is_ideograph(c) ? 1 : 0;
    }
  } catch (const Error&) {
    return {};
  }
  return scanned;
}

std::string alternatives(const PatternRule& rule) {
  std::string all;
  const auto add = [&](const std::string& pattern) { all += (all.empty() ? "(?:" : "|(?:") + pattern + ")"; };
  for (const std::string& word : rule.words) add(RE2::QuoteMeta(word));
  for (const std::string& pattern : rule.patterns) add(pattern);
  return all;
}

class Matcher {
 public:
  explicit Matcher(const std::string& pattern) : pattern_(pattern, options()) {
    if (!pattern_.ok()) throw_bad_input("cleaning: the patterns together are too much: {}", pattern_.error());
  }
  bool found_in(std::string_view text) const {
    return pattern_.Match({text.data(), text.size()}, 0, text.size(), RE2::UNANCHORED, nullptr, 0);
  }

 private:
  static RE2::Options options() {
    RE2::Options options(RE2::Quiet);
    options.set_case_sensitive(false);
    options.set_never_capture(true);
    options.set_max_mem(kAutomatonBytes);
    return options;
  }
  RE2 pattern_;
};

}  // namespace

// One automaton finds whether any rule fires, which is seldom; only then each is asked by itself.
struct TextRules::Patterns {
  std::unique_ptr<Matcher> any;
  std::vector<std::pair<Rule, std::unique_ptr<Matcher>>> each;
};

std::string_view trimmed(std::string_view caption) {
  constexpr std::string_view kWide = "\u3000";
  for (;;) {
    if (!caption.empty() && is_end_space(caption.front()))
      caption.remove_prefix(1);
    else if (caption.starts_with(kWide))
      caption.remove_prefix(kWide.size());
    else
      break;
  }
  for (;;) {
    if (!caption.empty() && is_end_space(caption.back()))
      caption.remove_suffix(1);
    else if (caption.ends_with(kWide))
      caption.remove_suffix(kWide.size());
    else
      break;
  }
  return caption;
}

TextRules::TextRules(const Rules& rules)
    : length_(rules.length), chinese_share_(rules.chinese_share), patterns_(std::make_unique<Patterns>()) {
  std::string all;
  for (const PatternRule& rule : rules.patterns) {
    const std::string pattern = alternatives(rule);
    if (pattern.empty()) continue;
    patterns_->each.emplace_back(rule.rule, std::make_unique<Matcher>(pattern));
    all += (all.empty() ? "" : "|") + pattern;
  }
  if (!all.empty()) patterns_->any = std::make_unique<Matcher>(all);
}

TextRules::~TextRules() = default;

std::optional<Dropped> TextRules::judge(std::string_view caption) const {
  const std::string_view text = trimmed(caption);
  const std::optional<Scanned> scanned = scan(text);
  if (!scanned) return Dropped{Rule::broken};
  if (length_ && (scanned->characters < length_->least || scanned->characters > length_->most)) {
    return Dropped{Rule::length};
  }
  // Exact where the share is a short decimal: no division, no rounding on the way.
  if (chinese_share_ && scanned->chinese < *chinese_share_ * (scanned->characters - scanned->spaces)) {
    return Dropped{Rule::chinese_share};
  }
  if (patterns_->any && patterns_->any->found_in(text)) {
    for (const auto& [rule, matcher] : patterns_->each) {
      if (matcher->found_in(text)) return Dropped{rule};
    }
  }
  return {};
}

}  // namespace cnclip::clean
