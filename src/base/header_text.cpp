#include "base/header_text.h"

#include <algorithm>

#include "base/ascii.h"

namespace cnclip {
namespace {

// A quoted string at the beginning of `text`, which loses it.
std::optional<std::string> take_quoted(std::string_view& text) {
  std::string value;
  for (std::size_t i = 1; i < text.size(); ++i) {
    if (text[i] == '"') {
      text.remove_prefix(i + 1);
      return value;
    }
    if (text[i] == '\\' && ++i == text.size()) break;
    value += text[i];
  }
  return {};
}

}  // namespace

bool is_token(std::string_view text) {
  return !text.empty() && std::ranges::all_of(text, [](unsigned char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
           std::string_view("!#$%&'*+-.^_`|~").find(static_cast<char>(c)) != std::string_view::npos;
  });
}

bool has_control(std::string_view text) {
  return std::ranges::any_of(text, [](unsigned char c) { return (c < ' ' && c != '\t') || c == 0x7f; });
}

std::string_view trimmed(std::string_view text) {
  const std::size_t begin = text.find_first_not_of(" \t");
  if (begin == std::string_view::npos) return {};
  return text.substr(begin, text.find_last_not_of(" \t") - begin + 1);
}

const std::string* HeaderValue::find(std::string_view name) const {
  const auto place = std::ranges::find(parameters, name, [](const auto& one) { return std::string_view(one.first); });
  return place == parameters.end() ? nullptr : &place->second;
}

std::optional<HeaderValue> parse_header_value(std::string_view text) {
  const std::size_t end = std::min(text.find(';'), text.size());
  HeaderValue found{lower(trimmed(text.substr(0, end))), {}};
  text = trimmed(text.substr(end));
  while (!text.empty()) {
    if (!text.starts_with(';')) return {};
    text = trimmed(text.substr(1));
    const std::size_t equals = std::min(text.find('='), text.size());
    std::string name = lower(text.substr(0, equals));
    if (!is_token(name) || found.find(name) != nullptr) return {};
    text.remove_prefix(std::min(equals + 1, text.size()));
    if (text.starts_with('"')) {
      auto value = take_quoted(text);
      if (!value) return {};
      found.parameters.emplace_back(std::move(name), std::move(*value));
    } else {
      const std::string_view value = trimmed(text.substr(0, text.find(';')));
      if (!is_token(value)) return {};
      found.parameters.emplace_back(std::move(name), value);
      text.remove_prefix(std::min(text.find(';'), text.size()));
    }
    text = trimmed(text);
  }
  return found;
}

}  // namespace cnclip
