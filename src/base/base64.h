#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace cnclip {

// Base64 in either alphabet, as Python's urlsafe_b64decode reads it: foreign characters are skipped, wrong padding is
// an error (nothing is returned).
std::optional<std::string> decode_base64(std::string_view text);

// Only what encode_base64 gives: the standard alphabet, padded, nothing else between, before or after.
std::optional<std::string> decode_base64_strict(std::string_view text);

// In the standard alphabet, padded.
std::string encode_base64(std::string_view bytes);

}  // namespace cnclip
