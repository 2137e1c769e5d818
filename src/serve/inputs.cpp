#include "serve/inputs.h"

#include "base/base64.h"
#include "serve/api_error.h"

namespace cnclip::serve {
namespace {

// What "data:image/jpeg;base64,…" carries, or all of a text that is no data: address.
std::string_view payload(std::string_view text, const std::string& param) {
  if (!text.starts_with("data:")) return text;
  const std::size_t comma = text.find(',');
  if (comma == std::string_view::npos || !text.substr(0, comma).ends_with(";base64")) {
    throw_bad_field(param, "invalid_image", "a data: address has its picture in base64 (data:image/jpeg;base64,…)");
  }
  return text.substr(comma + 1);
}

Input parse_input(const Json& value, const std::string& param, const Limits& limits) {
  if (value.is_string()) return text_input(value, param, limits);
  if (value.is_number() || value.is_array()) {
    throw_bad_field(param, "token_input", "tokens of another tokenizer mean nothing here: send the text");
  }
  const Fields fields(value, param, {"text", "image"});
  const Json *text = fields.find("text"), *image = fields.find("image");
  if ((text != nullptr) == (image != nullptr)) {
    throw_bad_field(param, "wrong_type", "one of text and image is wanted");
  }
  if (text != nullptr) return text_input(*text, fields.path("text"), limits);
  const std::string place = fields.path("image");
  return {Input::Kind::picture, picture_bytes(*fields.text("image"), place), place};
}

}  // namespace

Input text_input(const Json& value, const std::string& param, const Limits& limits) {
  if (!value.is_string()) throw_bad_field(param, "wrong_type", "{}, a string is wanted", kind_of(value));
  const auto& text = value.get_ref<const std::string&>();
  if (text.size() > limits.text_bytes) {
    throw_bad_field(param, "text_too_long", "has {} bytes, the limit is {}", text.size(), limits.text_bytes);
  }
  return {Input::Kind::text, text, param};
}

std::string picture_bytes(const std::string& text, const std::string& param) {
  const std::string start = text.substr(0, 16);
  if (start.find("://") != std::string::npos || start.starts_with("file:")) {
    throw_bad_field(param, "image_address", "this server fetches nothing: send the picture's bytes in base64");
  }
  auto bytes = decode_base64_strict(payload(text, param));
  if (!bytes) throw_bad_field(param, "invalid_base64", "is not base64 (standard alphabet, padded, without spaces)");
  if (bytes->empty()) throw_bad_field(param, "invalid_image", "is empty");
  return std::move(*bytes);
}

std::vector<Input> parse_inputs(const Json& value, const std::string& param, const Limits& limits) {
  if (!value.is_array()) return {parse_input(value, param, limits)};
  if (value.empty()) throw_bad_field(param, "empty_input", "has no items");
  if (value.size() > limits.items) {
    throw_bad_field(param, "too_many_items", "has {} items, the limit is {}", value.size(), limits.items);
  }
  std::vector<Input> inputs;
  for (std::size_t i = 0; i < value.size(); ++i) {
    inputs.push_back(parse_input(value[i], fmt::format("{}[{}]", param, i), limits));
  }
  return inputs;
}

}  // namespace cnclip::serve
