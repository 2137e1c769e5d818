#include "model/toml_text.h"

#include <algorithm>
#include <sstream>

namespace cnclip {

std::string shown(const toml::node& node) {
  if (node.is_array()) return "a list";
  if (node.is_table()) return "a table";
  std::ostringstream text;
  node.visit([&](const auto& value) { text << value; });
  std::string line = std::move(text).str();
  std::replace(line.begin(), line.end(), '\n', ' ');
  constexpr std::size_t kMost = 80;
  if (line.size() <= kMost) return line;
  std::size_t end = kMost;
  while (end > 0 && (static_cast<unsigned char>(line[end]) & 0xC0) == 0x80) --end;  // not inside of a character
  return line.substr(0, end) + "…";
}

}  // namespace cnclip
