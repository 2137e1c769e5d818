// Pages of HTML that stand alone: nothing is loaded, no script runs.
#pragma once

#include <fmt/format.h>

#include <cstdint>
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

// `title` is text, `body` is HTML.
inline std::string html_page(std::string_view language, std::string_view title, std::string_view style,
                             std::string_view body) {
  return fmt::format(R"(<!doctype html>
<html lang="{}"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width,initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; img-src data:; style-src 'unsafe-inline'">
<title>{}</title><style>{}</style></head><body>
{}</body></html>
)",
                     language, escaped_html(title), style, body);
}

// 1234567 -> 1,234,567
inline std::string grouped(std::uint64_t value) {
  std::string digits = std::to_string(value);
  for (std::size_t at = digits.size(); at > 3;) digits.insert(at -= 3, 1, ',');
  return digits;
}

}  // namespace cnclip
