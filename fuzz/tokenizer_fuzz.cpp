// Any bytes as a text: encoded or refused, and cutting keeps the head.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "cnclip/tokenizer.h"

// The first byte chooses the context length and the variant.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const std::string_view text(reinterpret_cast<const char*>(data + 1), size - 1);
  const int length = 2 + data[0] / 2;
  const auto variant = data[0] % 2 ? cnclip::TextVariant::training : cnclip::TextVariant::api;
  const auto& tokenizer = cnclip::Tokenizer::chinese();
  try {
    const auto whole = tokenizer.encode(text, 512, variant);
    const auto cut = tokenizer.encode(text, length, variant);
    const auto room = static_cast<std::size_t>(length);
    const std::size_t payload = std::min(whole.ids.size(), room) - 1;
    const bool good = cut.ids.size() == payload + 1 && cut.truncated == (whole.ids.size() > room) &&
                      std::equal(cut.ids.begin(), cut.ids.end() - 1, whole.ids.begin()) && cut.ids.back() == 102 &&
                      std::all_of(whole.ids.begin(), whole.ids.end(),
                                  [&](std::int32_t id) { return id >= 0 && id < tokenizer.vocabulary_size(); });
    if (!good) std::abort();
  } catch (const cnclip::Error& error) {
    if (error.category() != cnclip::ErrorCategory::bad_input) std::abort();
  }
  return 0;
}
