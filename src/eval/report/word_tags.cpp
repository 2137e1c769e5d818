#include "eval/report/word_tags.h"

#include <algorithm>

namespace cnclip {
namespace {

bool is_tagged(std::string_view word) {
  const std::size_t slash = word.rfind('/');
  if (slash == std::string_view::npos || slash == 0) return false;
  const std::string_view tag = word.substr(slash + 1);
  return !tag.empty() && tag.size() <= 3 && std::ranges::all_of(tag, [](char c) { return c >= 'a' && c <= 'z'; });
}

}  // namespace

bool has_word_tags(std::string_view text) {
  std::size_t words = 0, tagged = 0;
  for (std::size_t begin = 0; begin < text.size();) {
    const std::size_t end = std::min(text.find(' ', begin), text.size());
    if (end > begin) {
      ++words;
      tagged += is_tagged(text.substr(begin, end - begin)) ? 1 : 0;
    }
    begin = end + 1;
  }
  return words >= 2 && 2 * tagged > words;
}

}  // namespace cnclip
