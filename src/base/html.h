// Texts of records in a page of HTML.
#pragma once

#include <string>
#include <string_view>

namespace cnclip {

// For the content of elements and of attributes in quotes.
inline std::string escaped_html(std::string_view text) {
  std::string out;
  for (const char c : text) {
    switch (c) {
      case '<': out += "&lt;"; break;
      case '>': out += "&gt;"; break;
      case '&': out += "&amp;"; break;
      case '"': out += "&quot;"; break;
      case '\'': out += "&#39;"; break;
      case '\0': out += "\ufffd"; break;
      default: out += c;
    }
  }
  return out;
}

}  // namespace cnclip
