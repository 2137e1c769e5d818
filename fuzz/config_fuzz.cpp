// Any bytes as a model configuration, JSON or TOML: a valid one or one clean error.
#include <string_view>

#include "cnclip/error.h"
#include "model/config.h"

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, std::size_t size) {
  if (size == 0) return 0;
  const std::string_view text(reinterpret_cast<const char*>(data) + 1, size - 1);
  try {
    cnclip::parse_config(text, data[0] % 2 == 1, "fuzz");
  } catch (const cnclip::Error&) {
  }
  return 0;
}
