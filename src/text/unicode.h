// The facts about characters that BERT tokenisation rests on, as Python's `unicodedata` has them.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <string>

namespace cnclip {

// A Chinese character: the eight blocks of BERT's list. Without U+3007, and the extensions of Unicode since (F to I).
constexpr bool is_ideograph(char32_t c) {
  if (c < 0x3400) return false;
  return (c >= 0x4e00 && c <= 0x9fff) || c <= 0x4dbf || (c >= 0xf900 && c <= 0xfaff) ||
         (c >= 0x20000 && c <= 0x2a6df) || (c >= 0x2a700 && c <= 0x2ceaf) || (c >= 0x2f800 && c <= 0x2fa1f);
}

bool is_dropped(char32_t c);      // U+0000, U+FFFD, categories Cc and Cf but for tab and line ends
bool is_space(char32_t c);        // splits words: tab, line ends, Zs, U+2028, U+2029
bool is_punctuation(char32_t c);  // ASCII symbols and every category P*
bool is_nonspacing(char32_t c);   // category Mn: the accents that BERT drops
int combining_class(char32_t c);

// What one character becomes by lower-casing, canonical decomposition and dropping accents, its neighbours apart.
struct Folded {
  std::array<char32_t, 8> characters{};
  std::size_t size = 0;
  const char32_t* begin() const { return characters.data(); }
  const char32_t* end() const { return characters.data() + size; }
};
Folded fold(char32_t c);
// Canonical decomposition of one character, accents kept.
Folded decompose(char32_t c);
// Lower case of one character where that is one character; Σ becomes σ, İ stays.
char32_t simple_lower(char32_t c);

// What a tokenizer does on meeting a character.
enum class CharKind : std::uint8_t {
  plain,             // stands in a word as it is
  capital,           // ASCII A–Z
  space,             // ends a word
  ideograph,         // is a word
  punctuation,       // is a word
  dropped,           // is not there
  mapped,            // stands as fold() says: nothing, or other characters
  mapped_ideograph,  // is a word as fold() says
  contextual,        // depends on its neighbours: Σ, and spacing marks that normalisation reorders
};

// The kind of every character of the basic plane in a table; the others are rare, and looked up.
class CharTable {
 public:
  static const CharTable& instance();  // built on first use, a millisecond or two
  CharKind operator[](char32_t c) const { return c < kPlane ? (*kinds_)[c] : classify(c); }

 private:
  static constexpr char32_t kPlane = 0x10000;
  CharTable();
  static CharKind classify(char32_t c);
  std::unique_ptr<std::array<CharKind, kPlane>> kinds_;
};

}  // namespace cnclip
