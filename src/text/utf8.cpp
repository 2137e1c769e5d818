#include "text/utf8.h"

#include "base/error.h"

namespace cnclip {

void throw_not_utf8(std::string_view text, std::size_t offset) {
  throw_bad_input("text: byte {} (0x{:02x}) is not UTF-8", offset, static_cast<unsigned char>(text[offset]));
}

std::u32string decode_utf8(std::string_view text) {
  std::u32string characters;
  characters.reserve(text.size());
  for (std::size_t at = 0; at < text.size();) characters += next_character(text, at);
  return characters;
}

bool is_utf8(std::string_view text) {
  try {
    for (std::size_t at = 0; at < text.size();) next_character(text, at);
    return true;
  } catch (const Error&) {
    return false;
  }
}

}  // namespace cnclip
