// Any bytes as a rules file, and any caption under the rules it gives: one verdict or one clean error.
#include <algorithm>
#include <cstdlib>
#include <string_view>

#include "clean/text_rules.h"
#include "cnclip/error.h"

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  // A file, a zero byte, a caption.
  const std::size_t end = std::min(text.find('\0'), text.size());
  const std::string_view caption = text.substr(std::min(end + 1, text.size()));
  try {
    const cnclip::clean::TextRules rules(cnclip::clean::parse_rules(text.substr(0, end), "fuzz"));
    const auto verdict = rules.judge(caption);
    if (verdict != rules.judge(cnclip::clean::trimmed(caption))) std::abort();
  } catch (const cnclip::Error&) {
  }
  return 0;
}
