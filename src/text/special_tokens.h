// Tokens of a vocabulary that stand for no text.
#pragma once

#include <cstdint>

namespace cnclip {

struct SpecialTokens {
  std::int32_t pad = 0, unknown = 0, cls = 0, sep = 0;
  std::int32_t mask = -1;  // -1: there is none
};

SpecialTokens official_special_tokens();  // of the built-in vocabulary, the official one

}  // namespace cnclip
