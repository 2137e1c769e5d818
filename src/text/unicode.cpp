#include "text/unicode.h"

#include <utf8proc.h>

#include <algorithm>
#include <array>

#include "base/error.h"

namespace cnclip {
namespace {

struct Range {
  std::uint32_t first, last;
};

template <std::size_t N>
bool in(const std::array<Range, N>& ranges, std::uint32_t c) {
  const auto after = std::upper_bound(ranges.begin(), ranges.end(), c, [](std::uint32_t v, Range r) { return v < r.first; });
  return after != ranges.begin() && c <= std::prev(after)->last;
}

utf8proc_category_t category(std::uint32_t c) { return utf8proc_category(static_cast<utf8proc_int32_t>(c)); }

// Other_Lowercase and Other_Uppercase: cased although their category does not say so.
constexpr auto kOtherCased = std::to_array<Range>(
    {{0xaa, 0xaa},       {0xba, 0xba},       {0x2b0, 0x2b8},     {0x2c0, 0x2c1},     {0x2e0, 0x2e4},
     {0x345, 0x345},     {0x37a, 0x37a},     {0x1d2c, 0x1d6a},   {0x1d78, 0x1d78},   {0x1d9b, 0x1dbf},
     {0x2071, 0x2071},   {0x207f, 0x207f},   {0x2090, 0x209c},   {0x2160, 0x217f},   {0x24b6, 0x24e9},
     {0x2c7c, 0x2c7d},   {0xa69c, 0xa69d},   {0xa770, 0xa770},   {0xa7f8, 0xa7f9},   {0xab5c, 0xab5f},
     {0x10780, 0x10780}, {0x10783, 0x10785}, {0x10787, 0x107b0}, {0x107b2, 0x107ba}, {0x1f130, 0x1f149},
     {0x1f150, 0x1f169}, {0x1f170, 0x1f189}});

bool is_cased(std::uint32_t c) {
  const auto kind = category(c);
  return kind == UTF8PROC_CATEGORY_LU || kind == UTF8PROC_CATEGORY_LL || kind == UTF8PROC_CATEGORY_LT || in(kOtherCased, c);
}

bool is_case_ignorable(std::uint32_t c) {
  switch (category(c)) {
    case UTF8PROC_CATEGORY_MN:
    case UTF8PROC_CATEGORY_ME:
    case UTF8PROC_CATEGORY_CF:
    case UTF8PROC_CATEGORY_LM:
    case UTF8PROC_CATEGORY_SK: return true;
    default: break;
  }
  static constexpr auto kMidLetters = std::to_array<std::uint32_t>(
      {0x27, 0x2e, 0x3a, 0xb7, 0x387, 0x55f, 0x5f4, 0x2018, 0x2019, 0x2024, 0x2027, 0xfe13, 0xfe52, 0xfe55, 0xff07, 0xff0e, 0xff1a});
  return std::binary_search(kMidLetters.begin(), kMidLetters.end(), c);
}

constexpr std::uint32_t kSigma = 0x3a3, kFinalSigma = 0x3c2, kSmallSigma = 0x3c3;

// A sigma is final when a cased letter comes before it and none after it, case-ignorable characters aside.
bool is_final_sigma(const CodePoints& text, std::size_t place) {
  std::size_t before = place;
  while (before > 0 && is_case_ignorable(text[before - 1])) --before;
  if (before == 0 || !is_cased(text[before - 1])) return false;
  std::size_t after = place + 1;
  while (after < text.size() && is_case_ignorable(text[after])) ++after;
  return after == text.size() || !is_cased(text[after]);
}

}  // namespace

void decode_utf8(std::string_view text, CodePoints& out) {
  out.clear();
  out.reserve(text.size());
  for (std::size_t i = 0; i < text.size();) {
    const auto first = static_cast<unsigned char>(text[i]);
    if (first < 0x80) {
      out.push_back(first);
      ++i;
      continue;
    }
    const int length = first >= 0xf0 ? 4 : first >= 0xe0 ? 3 : 2;
    std::uint32_t c = first & (0x7fu >> length);
    bool valid = first >= 0xc2 && first <= 0xf4 && i + static_cast<std::size_t>(length) <= text.size();
    for (int k = 1; valid && k < length; ++k) {
      const auto next = static_cast<unsigned char>(text[i + static_cast<std::size_t>(k)]);
      valid = (next & 0xc0) == 0x80;
      c = c << 6 | (next & 0x3f);
    }
    constexpr std::uint32_t kLeast[] = {0, 0, 0x80, 0x800, 0x10000};
    if (!valid || c < kLeast[length] || c > 0x10ffff || (c >= 0xd800 && c <= 0xdfff)) {
      throw_bad_input("text: byte {} (0x{:02x}) is not UTF-8", i, first);
    }
    out.push_back(c);
    i += static_cast<std::size_t>(length);
  }
}

void append_utf8(std::uint32_t c, std::string& out) {
  if (c < 0x80) {
    out += static_cast<char>(c);
    return;
  }
  utf8proc_uint8_t bytes[4];
  out.append(reinterpret_cast<const char*>(bytes),
             static_cast<std::size_t>(utf8proc_encode_char(static_cast<utf8proc_int32_t>(c), bytes)));
}

bool is_cjk_ideograph(std::uint32_t c) {
  if (c < 0x3400) return false;
  static constexpr auto kBlocks = std::to_array<Range>({{0x3400, 0x4dbf},
                                                        {0x4e00, 0x9fff},
                                                        {0xf900, 0xfaff},
                                                        {0x20000, 0x2a6df},
                                                        {0x2a700, 0x2b73f},
                                                        {0x2b740, 0x2b81f},
                                                        {0x2b820, 0x2ceaf},
                                                        {0x2f800, 0x2fa1f}});
  return in(kBlocks, c);
}

bool is_dropped(std::uint32_t c) {
  if (c < 0x7f) return c < 0x20 && c != '\t' && c != '\n' && c != '\r';
  if (c == 0xfffd) return true;
  const auto kind = category(c);
  return kind == UTF8PROC_CATEGORY_CC || kind == UTF8PROC_CATEGORY_CF;
}

bool is_space(std::uint32_t c) {
  if (c < 0x7f) return c == ' ' || c == '\t' || c == '\n' || c == '\r';
  return c == 0x2028 || c == 0x2029 || category(c) == UTF8PROC_CATEGORY_ZS;
}

bool is_punctuation(std::uint32_t c) {
  if (c < 0x80) return (c >= 33 && c <= 47) || (c >= 58 && c <= 64) || (c >= 91 && c <= 96) || (c >= 123 && c <= 126);
  const auto kind = category(c);
  return kind >= UTF8PROC_CATEGORY_PC && kind <= UTF8PROC_CATEGORY_PO;
}

void lower(CodePoints& text) {
  CodePoints out;
  out.reserve(text.size());
  for (std::size_t i = 0; i < text.size(); ++i) {
    const std::uint32_t c = text[i];
    if (c < 0x80) {
      out.push_back(c >= 'A' && c <= 'Z' ? c + 32 : c);
    } else if (c == kSigma) {
      out.push_back(is_final_sigma(text, i) ? kFinalSigma : kSmallSigma);
    } else if (c == 0x130) {  // the one letter whose lower case is two characters
      out.push_back('i');
      out.push_back(0x307);
    } else {
      out.push_back(static_cast<std::uint32_t>(utf8proc_tolower(static_cast<utf8proc_int32_t>(c))));
    }
  }
  text.swap(out);
}

void strip_accents(const CodePoints& text, CodePoints& out) {
  out.clear();
  for (const std::uint32_t c : text) {
    utf8proc_int32_t parts[32];
    int boundary = 0;
    const auto count = utf8proc_decompose_char(static_cast<utf8proc_int32_t>(c), parts, 32, UTF8PROC_DECOMPOSE, &boundary);
    for (utf8proc_ssize_t k = 0; k < count; ++k) out.push_back(static_cast<std::uint32_t>(parts[k]));
  }
  const auto combining = [](std::uint32_t c) {
    return c < 0x300 ? 0 : utf8proc_get_property(static_cast<utf8proc_int32_t>(c))->combining_class;
  };
  for (std::size_t begin = 0; begin < out.size();) {
    std::size_t end = begin;
    while (end < out.size() && combining(out[end]) != 0) ++end;
    std::stable_sort(out.begin() + static_cast<std::ptrdiff_t>(begin), out.begin() + static_cast<std::ptrdiff_t>(end),
                     [&](std::uint32_t a, std::uint32_t b) { return combining(a) < combining(b); });
    begin = end + 1;
  }
  std::erase_if(out, [](std::uint32_t c) { return c >= 0x300 && category(c) == UTF8PROC_CATEGORY_MN; });
}

}  // namespace cnclip
