#include "model/toml_json.h"

#include <toml++/toml.h>

#include <algorithm>
#include <sstream>

#include "base/error.h"

namespace cnclip {
namespace {

using Json = nlohmann::json;

// Every one of them may open a level.
constexpr std::ptrdiff_t kMaxOpenings = 1000;

bool is_ascii(char c) {
  return static_cast<unsigned char>(c) < 0x80;
}

// Behind the string that begins at `at`, or at the place in it that stops the search: a character other than ASCII
// behind a backslash, and the white space that may follow one.
std::size_t end_of_string(std::string_view text, std::size_t at) {
  const char quote = text[at];
  const std::string mark(text.substr(at, 3) == std::string(3, quote) ? 3 : 1, quote);
  for (at += mark.size(); at < text.size(); ++at) {
    if (text.substr(at).starts_with(mark)) {
      at += mark.size();
      for (int more = 0; mark.size() == 3 && more < 2 && at < text.size() && text[at] == quote; ++more) ++at;
      return at;
    }
    if (mark.size() == 1 && text[at] == '\n') return at;
    if (quote == '"' && text[at] == '\\') {
      const std::size_t next = std::min(text.find_first_not_of(" \t\r\n", at + 1), text.size());
      if (next < text.size() && !is_ascii(text[next])) return next;
      at = std::max(at + 1, next - 1);
    }
  }
  return text.size();
}

// A quote after anything else is no string to the parser, but part of a broken word.
bool may_begin_string(std::string_view text, std::size_t at) {
  return at == 0 || std::string_view(" \t\r\n=,[{.\xbf").find(text[at - 1]) != std::string_view::npos;
}

// Where a quote stands inside of a word, or something other than ASCII outside of strings and comments, neither of
// which TOML has; the end when there is none. The parser (toml++ 3.3) has no defined behaviour there.
std::size_t stray_character(std::string_view text) {
  std::size_t at = text.starts_with("\xef\xbb\xbf") ? 3 : 0;
  while (at < text.size() && is_ascii(text[at])) {
    if (text[at] == '#') {
      at = std::min(text.find('\n', at), text.size());
    } else if (text[at] == '"' || text[at] == '\'') {
      if (!may_begin_string(text, at)) return at;
      at = end_of_string(text, at);
    } else {
      ++at;
    }
  }
  return at;
}

}  // namespace

void guard_toml(std::string_view text, const std::string& file) {
  const auto opens = [](char c) { return c == '[' || c == '{' || c == '.'; };
  if (std::count_if(text.begin(), text.end(), opens) > kMaxOpenings) throw_bad_input("{}: too deeply nested", file);
  if (const std::size_t at = stray_character(text); at < text.size()) {
    const auto line = std::count(text.begin(), text.begin() + static_cast<std::ptrdiff_t>(at), '\n') + 1;
    throw_bad_input("{}: line {}: not TOML: a stray quote, or a character other than ASCII outside of quotes", file,
                    line);
  }
}

Json parse_toml(std::string_view text, const std::string& file) {
  guard_toml(text, file);
  try {
    std::ostringstream json;
    json << toml::json_formatter(toml::parse(text));
    return Json::parse(json.str());
  } catch (const toml::parse_error& error) {
    throw_bad_input("{}: line {}: not TOML: {}", file, error.source().begin.line, error.description());
  } catch (const Json::exception& error) {
    throw_bad_input("{}: has a value that no configuration holds: {}", file, error.what());
  }
}

}  // namespace cnclip
