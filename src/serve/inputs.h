// Texts and pictures as they stand in requests.
#pragma once

#include <string>
#include <vector>

#include "serve/json_body.h"

namespace cnclip::serve {

struct Input {
  enum class Kind { text, picture } kind = Kind::text;
  std::string bytes;  // UTF-8, or a picture file
  std::string param;  // where it stood: "input[3].image"
};

// A string, an array of strings, or of objects {"text": …} or {"image": base64 or a data: address}; 1 to limits.items.
// Throws ApiError. Nothing is ever fetched: addresses of the web are refused.
std::vector<Input> parse_inputs(const Json& value, const std::string& param, const Limits& limits);

// {"image": …}'s value, `text` as it stands there.
std::string picture_bytes(const std::string& text, const std::string& param);
Input text_input(const Json& value, const std::string& param, const Limits& limits);

}  // namespace cnclip::serve
