// UTF-8, strictly: overlong forms, surrogates and what lies above U+10FFFF are refused.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace cnclip {

// Throws bad_input naming the offset of a byte that begins no character.
[[noreturn]] void throw_not_utf8(std::string_view text, std::size_t offset);

// The character at `at`, which moves behind it. `at` must lie inside the text.
inline char32_t next_character(std::string_view text, std::size_t& at) {
  const auto byte = [&](std::size_t k) { return static_cast<unsigned char>(text[at + k]); };
  const auto follows = [&](std::size_t k) { return (byte(k) & 0xc0) == 0x80; };
  const std::size_t left = text.size() - at;
  const char32_t first = byte(0);
  if (first < 0x80) {
    ++at;
    return first;
  }
  if (first >= 0xe0 && first < 0xf0 && left >= 3 && follows(1) && follows(2)) {
    const char32_t c = (first & 0x0f) << 12 | static_cast<char32_t>(byte(1) & 0x3f) << 6 | (byte(2) & 0x3f);
    if (c >= 0x800 && (c < 0xd800 || c > 0xdfff)) {
      at += 3;
      return c;
    }
  } else if (first >= 0xc2 && first < 0xe0 && left >= 2 && follows(1)) {
    const char32_t c = (first & 0x1f) << 6 | (byte(1) & 0x3f);
    at += 2;
    return c;
  } else if (first >= 0xf0 && first < 0xf5 && left >= 4 && follows(1) && follows(2) && follows(3)) {
    const char32_t c = (first & 0x07) << 18 | static_cast<char32_t>(byte(1) & 0x3f) << 12 |
                       static_cast<char32_t>(byte(2) & 0x3f) << 6 | (byte(3) & 0x3f);
    if (c >= 0x10000 && c <= 0x10ffff) {
      at += 4;
      return c;
    }
  }
  throw_not_utf8(text, at);
}

std::u32string decode_utf8(std::string_view text);

bool is_utf8(std::string_view text);

}  // namespace cnclip
