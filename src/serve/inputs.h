// Texts and pictures as they stand in requests.
#pragma once

#include <string>
#include <vector>

#include "serve/json_body.h"

namespace cnclip::serve {

struct Input {
  enum class Kind { text, picture } kind = Kind::text;
  std::string bytes;         // UTF-8, or a picture file
  std::string param;         // where it stood: "input[3].image"
  std::string address = {};  // of a picture whose bytes are still to be fetched
};

// A string, an object {"text": …} or {"image": base64, a data: address or one of the web}, a part of a message as
// OpenAI's API has them ({"type": "image_url", "image_url": {"url": …}}), the file of a form, or an array of these, of
// 1 to limits.items. Throws ApiError.
std::vector<Input> parse_inputs(const Json& value, const std::string& param, const Limits& limits);

// {"image": …}'s value: text as above, or the file of a form.
Input picture_input(const Json& value, const std::string& param);
Input text_input(const Json& value, const std::string& param, const Limits& limits);

}  // namespace cnclip::serve
