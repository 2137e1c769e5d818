#include "text/scan.h"

#include <algorithm>

#include "text/casing.h"
#include "text/unicode.h"
#include "text/utf8.h"

namespace cnclip {
namespace {

// Training and evaluation make curly quotes straight, as the vocabulary lacks them.
char32_t straight(char32_t c) {
  return c == U'“' || c == U'”' ? U'"' : c;
}

void add_split(char32_t c, WordPieces& out) {
  if (is_punctuation(c)) {
    out.alone(c);
  } else {
    out.add(c);
  }
}

// Canonical decomposition (NFD: marks in canonical order) without category Mn.
std::u32string strip_accents(const std::u32string& text) {
  std::u32string out;
  for (const char32_t c : text) {
    for (const char32_t part : decompose(c)) out += part;
  }
  const auto by_class = [](char32_t a, char32_t b) { return combining_class(a) < combining_class(b); };
  for (auto begin = out.begin(); begin != out.end();) {
    const auto end = std::find_if(begin, out.end(), [](char32_t c) { return combining_class(c) == 0; });
    std::stable_sort(begin, end, by_class);
    begin = end == out.end() ? end : end + 1;
  }
  std::erase_if(out, is_nonspacing);
  return out;
}

}  // namespace

bool scan_in_one_pass(std::string_view text, TextVariant variant, WordPieces& out) {
  const CharTable& kinds = CharTable::instance();
  std::size_t at = 0;
  while (at < text.size() && !out.truncated()) {
    const char32_t c = next_character(text, at);
    switch (kinds[c]) {
      case CharKind::plain: out.add(c); break;
      case CharKind::capital: out.add(c + ('a' - 'A')); break;
      case CharKind::space: out.end_word(); break;
      case CharKind::ideograph: out.alone(c); break;
      case CharKind::punctuation: out.alone(variant == TextVariant::training ? straight(c) : c); break;
      case CharKind::dropped: break;
      case CharKind::mapped:
        for (const char32_t part : fold(c)) add_split(part, out);
        break;
      case CharKind::mapped_ideograph:
        out.end_word();
        for (const char32_t part : fold(c)) out.add(part);
        out.end_word();
        break;
      case CharKind::contextual: return false;
    }
  }
  while (at < text.size()) next_character(text, at);
  out.end_word();
  return true;
}

void scan_in_context(std::string_view text, TextVariant variant, WordPieces& out) {
  std::u32string characters = decode_utf8(text);
  if (variant == TextVariant::training) {
    characters = lower(characters);
    std::transform(characters.begin(), characters.end(), characters.begin(), straight);
  }
  std::u32string token;
  const auto end_token = [&] {
    for (const char32_t c : strip_accents(lower(token))) add_split(c, out);
    out.end_word();
    token.clear();
  };
  for (const char32_t c : characters) {
    if (out.truncated()) return;
    if (is_dropped(c)) continue;
    const bool ideograph = is_ideograph(c);
    if (ideograph || is_space(c)) end_token();
    if (ideograph) {
      token = c;
      end_token();
    } else if (!is_space(c)) {
      token += c;
    }
  }
  end_token();
}

}  // namespace cnclip
