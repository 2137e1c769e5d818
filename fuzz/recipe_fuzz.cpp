// Any bytes as a recipe with overrides: a recipe or one clean error.
#include <algorithm>
#include <sstream>
#include <string_view>

#include "cnclip/error.h"
#include "recipe/recipe.h"

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  // A file, a zero byte, an override a line.
  const std::size_t end = std::min(text.find('\0'), text.size());
  std::vector<std::string> overrides;
  std::istringstream lines{std::string(text.substr(std::min(end + 1, text.size())))};
  for (std::string line; std::getline(lines, line);) overrides.push_back(line);
  try {
    cnclip::parse_recipe(text.substr(0, end), "fuzz", overrides);
  } catch (const cnclip::Error&) {
  }
  return 0;
}
