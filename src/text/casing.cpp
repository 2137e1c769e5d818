#include "text/casing.h"

#include <utf8proc.h>

#include <algorithm>
#include <array>
#include <cstdint>

#include "text/unicode.h"

namespace cnclip {
namespace {

utf8proc_category_t category(char32_t c) {
  return utf8proc_category(static_cast<utf8proc_int32_t>(c));
}

// Other_Lowercase and Other_Uppercase: cased, although the category does not say so. utf8proc lacks the property.
bool is_other_cased(char32_t c) {
  struct Range {
    char32_t first, last;
  };
  static constexpr auto kRanges = std::to_array<Range>(
      {{0xaa, 0xaa},       {0xba, 0xba},       {0x2b0, 0x2b8},     {0x2c0, 0x2c1},     {0x2e0, 0x2e4},
       {0x345, 0x345},     {0x37a, 0x37a},     {0x1d2c, 0x1d6a},   {0x1d78, 0x1d78},   {0x1d9b, 0x1dbf},
       {0x2071, 0x2071},   {0x207f, 0x207f},   {0x2090, 0x209c},   {0x2160, 0x217f},   {0x24b6, 0x24e9},
       {0x2c7c, 0x2c7d},   {0xa69c, 0xa69d},   {0xa770, 0xa770},   {0xa7f8, 0xa7f9},   {0xab5c, 0xab5f},
       {0x10780, 0x10780}, {0x10783, 0x10785}, {0x10787, 0x107b0}, {0x107b2, 0x107ba}, {0x1f130, 0x1f149},
       {0x1f150, 0x1f169}, {0x1f170, 0x1f189}});
  return std::any_of(kRanges.begin(), kRanges.end(), [&](const Range& r) { return c >= r.first && c <= r.last; });
}

bool is_cased(char32_t c) {
  const auto kind = category(c);
  return kind == UTF8PROC_CATEGORY_LU || kind == UTF8PROC_CATEGORY_LL || kind == UTF8PROC_CATEGORY_LT ||
         is_other_cased(c);
}

bool is_case_ignorable(char32_t c) {
  switch (category(c)) {
    case UTF8PROC_CATEGORY_MN:
    case UTF8PROC_CATEGORY_ME:
    case UTF8PROC_CATEGORY_CF:
    case UTF8PROC_CATEGORY_LM:
    case UTF8PROC_CATEGORY_SK: return true;
    default: break;
  }
  // Word_Break MidLetter, MidNumLet and Single_Quote.
  static constexpr auto kMidLetters =
      std::to_array<char32_t>({0x27, 0x2e, 0x3a, 0xb7, 0x387, 0x55f, 0x5f4, 0x2018, 0x2019, 0x2024, 0x2027, 0xfe13,
                               0xfe52, 0xfe55, 0xff07, 0xff0e, 0xff1a});
  return std::binary_search(kMidLetters.begin(), kMidLetters.end(), c);
}

// A sigma is final when a cased letter stands before it and none behind, case-ignorable characters aside.
bool is_final_sigma(const std::u32string& text, std::size_t place) {
  std::size_t before = place;
  while (before > 0 && is_case_ignorable(text[before - 1])) --before;
  if (before == 0 || !is_cased(text[before - 1])) return false;
  std::size_t after = place + 1;
  while (after < text.size() && is_case_ignorable(text[after])) ++after;
  return after == text.size() || !is_cased(text[after]);
}

}  // namespace

std::u32string lower(const std::u32string& text) {
  std::u32string out;
  out.reserve(text.size());
  for (std::size_t i = 0; i < text.size(); ++i) {
    switch (text[i]) {
      case U'Σ': out += is_final_sigma(text, i) ? U'ς' : U'σ'; break;
      case U'İ': out += U"i\u0307"; break;
      default: out += simple_lower(text[i]);
    }
  }
  return out;
}

}  // namespace cnclip
