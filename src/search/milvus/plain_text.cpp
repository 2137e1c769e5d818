#include "search/milvus/plain_text.h"

#include <fmt/format.h>

#include "cnclip/error.h"
#include "text/utf8.h"

namespace cnclip::search {
namespace {

// Bytes of the character at `at`; 0: there is none.
std::size_t character_length(std::string_view bytes, std::size_t at) {
  std::size_t end = at;
  try {
    next_character(bytes, end);
  } catch (const Error&) {
    return 0;
  }
  return end - at;
}

}  // namespace

std::string plain_text(std::string_view bytes) {
  std::string text;
  for (std::size_t at = 0; at < bytes.size();) {
    const auto byte = static_cast<unsigned char>(bytes[at]);
    const std::size_t length = character_length(bytes, at);
    if (length == 0 || byte < ' ' || byte == 127 || std::string_view("\"'\\%").find(bytes[at]) != std::string::npos) {
      text += fmt::format("%{:02X}", byte);
      ++at;
    } else {
      text += bytes.substr(at, length);
      at += length;
    }
  }
  return text;
}

}  // namespace cnclip::search
