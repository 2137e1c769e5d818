#include "text/unicode.h"

#include <utf8proc.h>

#include <algorithm>

namespace cnclip {
namespace {

constexpr char32_t kSigma = 0x3a3;
constexpr char32_t kDottedCapitalI = 0x130;  // the one letter whose lower case is two characters

utf8proc_category_t category(char32_t c) {
  return utf8proc_category(static_cast<utf8proc_int32_t>(c));
}

}  // namespace

bool is_dropped(char32_t c) {
  if (c == '\t' || c == '\n' || c == '\r') return false;
  const auto kind = category(c);
  return c == 0xfffd || kind == UTF8PROC_CATEGORY_CC || kind == UTF8PROC_CATEGORY_CF;
}

bool is_space(char32_t c) {
  return c == '\t' || c == '\n' || c == '\r' || c == 0x2028 || c == 0x2029 || category(c) == UTF8PROC_CATEGORY_ZS;
}

bool is_punctuation(char32_t c) {
  if (c < 0x80) return (c >= 33 && c <= 47) || (c >= 58 && c <= 64) || (c >= 91 && c <= 96) || (c >= 123 && c <= 126);
  const auto kind = category(c);
  return kind >= UTF8PROC_CATEGORY_PC && kind <= UTF8PROC_CATEGORY_PO;
}

bool is_nonspacing(char32_t c) {
  return c >= 0x300 && category(c) == UTF8PROC_CATEGORY_MN;
}

int combining_class(char32_t c) {
  return c < 0x300 ? 0 : utf8proc_get_property(static_cast<utf8proc_int32_t>(c))->combining_class;
}

char32_t simple_lower(char32_t c) {
  if (c == kDottedCapitalI) return c;
  return static_cast<char32_t>(utf8proc_tolower(static_cast<utf8proc_int32_t>(c)));
}

Folded decompose(char32_t c) {
  Folded out;
  std::array<utf8proc_int32_t, 8> parts{};  // the longest canonical decomposition has four
  int boundary = 0;
  const auto count =
      utf8proc_decompose_char(static_cast<utf8proc_int32_t>(c), parts.data(),
                              static_cast<utf8proc_ssize_t>(parts.size()), UTF8PROC_DECOMPOSE, &boundary);
  out.size = static_cast<std::size_t>(std::clamp<utf8proc_ssize_t>(count, 0, 8));
  std::copy_n(parts.begin(), out.size, out.characters.begin());
  return out;
}

Folded fold(char32_t c) {
  // İ decomposes into I and a dot, which is an accent; its lower case is i and that dot.
  Folded out = c == kDottedCapitalI ? decompose('i') : decompose(simple_lower(c));
  const auto end = std::remove_if(out.characters.begin(), out.characters.begin() + out.size, is_nonspacing);
  out.size = static_cast<std::size_t>(end - out.characters.begin());
  return out;
}

const CharTable& CharTable::instance() {
  static const CharTable table;
  return table;
}

CharTable::CharTable() : kinds_(std::make_unique<std::array<CharKind, kPlane>>()) {
  for (char32_t c = 0; c < kPlane; ++c) (*kinds_)[c] = classify(c);
}

CharKind CharTable::classify(char32_t c) {
  if (c >= 'A' && c <= 'Z') return CharKind::capital;
  if (c >= 0x3400 && c < 0xf900 && is_ideograph(c)) return CharKind::ideograph;
  if (c >= 0xac00 && c <= 0xd7a3) return CharKind::mapped;  // Hangul syllables become letters
  if (is_dropped(c)) return CharKind::dropped;
  if (is_space(c)) return CharKind::space;
  if (c == kSigma) return CharKind::contextual;

  const Folded folded = fold(c);
  const bool itself = folded.size == 1 && folded.characters[0] == c;
  if (is_ideograph(c)) return itself ? CharKind::ideograph : CharKind::mapped_ideograph;
  if (std::any_of(folded.begin(), folded.end(), combining_class)) return CharKind::contextual;
  if (!itself) return CharKind::mapped;
  return is_punctuation(c) ? CharKind::punctuation : CharKind::plain;
}

}  // namespace cnclip
