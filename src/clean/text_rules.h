// The rules that look at one caption alone.
//
// A TextRules never changes: any number of threads may use one. It takes time linear in the caption, whatever the
// patterns (RE2).
#pragma once

#include <memory>
#include <optional>

#include "clean/rules.h"

namespace cnclip::clean {

// What stands between the spaces (U+0020, tab, line ends, U+3000) at both ends; lengths and hashes are of that.
std::string_view trimmed(std::string_view caption);

class TextRules {
 public:
  explicit TextRules(const Rules& rules);
  ~TextRules();
  TextRules(const TextRules&) = delete;
  TextRules& operator=(const TextRules&) = delete;

  // The first of broken, length, chinese_share and the rules of patterns that drops the caption.
  std::optional<Dropped> judge(std::string_view caption) const;

 private:
  struct Patterns;
  std::optional<LengthLimits> length_;
  std::optional<double> chinese_share_;
  std::unique_ptr<Patterns> patterns_;
};

}  // namespace cnclip::clean
