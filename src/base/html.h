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

// How reports look: colours, headings, tables with columns of numbers (class "n"). Pages put their own rules behind it.
inline constexpr std::string_view kReportStyle = R"css(
:root { color-scheme: light dark; --ink: #1d2330; --soft: #667085; --line: #e4e7ec; --ground: #fff }
@media (prefers-color-scheme: dark) { :root { --ink: #e6e9ef; --soft: #98a2b3; --line: #2b313c; --ground: #14171d } }
* { box-sizing: border-box }
body { margin: 0 auto; max-width: 1240px; padding: 32px 24px 64px; color: var(--ink); background: var(--ground);
  font: 15px/1.5 system-ui, "Noto Sans CJK SC", "PingFang SC", "Microsoft YaHei", sans-serif }
h1 { font-size: 24px; margin: 0 } h2 { font-size: 17px; margin: 36px 0 12px } p { margin: 4px 0; color: var(--soft) }
.wide { overflow-x: auto } table { border-collapse: collapse; margin-top: 16px }
td, th { text-align: left; padding: 6px 10px; border-bottom: 1px solid var(--line); vertical-align: top }
th { font-weight: 600; font-size: 13px; color: var(--soft) }
td.n, th.n { text-align: right; font-variant-numeric: tabular-nums; white-space: nowrap }
)css";

// 1234567 -> 1,234,567
inline std::string grouped(std::uint64_t value) {
  std::string digits = std::to_string(value);
  for (std::size_t at = digits.size(); at > 3;) digits.insert(at -= 3, 1, ',');
  return digits;
}

}  // namespace cnclip
