// Any bytes as a vocab.txt: refused, or a tokenizer whose ids are all line numbers.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "cnclip/tokenizer.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  try {
    const cnclip::Tokenizer tokenizer(text);
    for (const std::int32_t id : tokenizer.encode(text, 512).ids) {
      if (id < 0 || id >= tokenizer.vocabulary_size()) std::abort();
    }
  } catch (const cnclip::Error& error) {
    if (error.category() != cnclip::ErrorCategory::bad_input) std::abort();
  }
  return 0;
}
