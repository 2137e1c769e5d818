#include "model/toml_guard.h"

#include <algorithm>

#include "base/error.h"

namespace cnclip {
namespace {

// Every one of them may open a level.
constexpr std::ptrdiff_t kMaxOpenings = 1000;

bool is_ascii(char c) {
  return static_cast<unsigned char>(c) < 0x80;
}

bool is_one_of(std::string_view characters, char c) {
  return characters.find(c) != std::string_view::npos;
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

// Walks through a document, so far as to tell strings from what only looks like one: the parser reads a value that is
// no string up to white space or one of ,]}# whatever is in it.
class TomlWalk {
 public:
  explicit TomlWalk(std::string_view text) : text_(text), at_(text.starts_with("\xef\xbb\xbf") ? 3 : 0) {}

  // Where a quote, a bracket or a second = stands inside of a word, or something other than ASCII outside of strings
  // and comments, none of which TOML has; the end when there is none.
  std::size_t stray() {
    while (at_ < text_.size() && is_ascii(text_[at_])) {
      const char c = text_[at_];
      if (c == '#') {
        at_ = std::min(text_.find('\n', at_), text_.size());
      } else if (c == '"' || c == '\'') {
        at_ = end_of_string(text_, at_);
        if (at_ < text_.size() && !is_one_of(" \t\r\n=,.]}#", text_[at_])) return at_;
      } else if (is_one_of(" \t\r\n,[]{}", c) || (!in_value_ && (c == '=' || c == '.'))) {
        pass(c);
        ++at_;
      } else {
        const std::string_view ends = in_value_ ? " \t\r\n,]}#" : " \t\r\n,]}#=.";
        for (; at_ < text_.size() && is_ascii(text_[at_]) && !is_one_of(ends, text_[at_]); ++at_)
          if (is_one_of("[{\"'=", text_[at_])) return at_;
      }
    }
    return at_;
  }

 private:
  void pass(char c) {
    if (c == '\n' && open_.empty()) in_value_ = false;
    if (c == '=') in_value_ = true;
    if (c == ',' && !open_.empty()) in_value_ = open_.back() == '[';
    if (in_value_ && (c == '[' || c == '{')) {
      open_ += c;
      in_value_ = c == '[';
    }
    if ((c == ']' || c == '}') && !open_.empty()) {
      open_.pop_back();
      in_value_ = true;
    }
  }

  std::string_view text_;
  std::size_t at_;
  bool in_value_ = false;
  std::string open_;  // brackets around the value
};

}  // namespace

void guard_toml(std::string_view text, const std::string& file) {
  const auto opens = [](char c) { return c == '[' || c == '{' || c == '.'; };
  if (std::count_if(text.begin(), text.end(), opens) > kMaxOpenings) throw_bad_input("{}: too deeply nested", file);
  if (const std::size_t at = TomlWalk(text).stray(); at < text.size()) {
    const auto line = std::count(text.begin(), text.begin() + static_cast<std::ptrdiff_t>(at), '\n') + 1;
    throw_bad_input(
        "{}: line {}: not TOML: a stray quote, bracket or =, or a character other than ASCII outside of quotes", file,
        line);
  }
}

}  // namespace cnclip
