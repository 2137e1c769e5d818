#include "serve/inputs.h"

#include "base/base64.h"
#include "fetch/url.h"
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

// The bytes of a picture, or the address where they are.
void read_picture(const std::string& text, Input& input) {
  if (fetch::is_web_address(text)) {
    input.address = text;
    return;
  }
  const std::string start = text.substr(0, 16);
  if (start.find("://") != std::string::npos || start.starts_with("file:")) {
    throw_bad_field(input.param, "image_address", "pictures come in base64, or from http and https addresses");
  }
  auto bytes = decode_base64_strict(payload(text, input.param));
  if (!bytes) {
    throw_bad_field(input.param, "invalid_base64", "is not base64 (standard alphabet, padded, without spaces)");
  }
  input.bytes = std::move(*bytes);
}

// {"url": …}, or the address alone.
Input parse_image_url(const Json& value, const std::string& param) {
  if (!value.is_object()) return picture_input(value, param);
  const Fields fields(value, param, {"url", "detail"});
  fields.text("detail");  // part of OpenAI's API, of no use here
  return picture_input(fields.at("url"), fields.path("url"));
}

Input parse_input(const Json& value, const std::string& param, const Limits& limits) {
  if (value.is_string()) return text_input(value, param, limits);
  if (value.is_binary()) return picture_input(value, param);
  if (value.is_number() || value.is_array()) {
    throw_bad_field(param, "token_input", "tokens of another tokenizer mean nothing here: send the text");
  }
  const Fields fields(value, param, {"type", "text", "image", "image_url"});
  const Json *text = fields.find("text"), *image = fields.find("image"), *url = fields.find("image_url");
  if ((text != nullptr) + (image != nullptr) + (url != nullptr) != 1) {
    throw_bad_field(param, "wrong_type", "one of text, image and image_url is wanted");
  }
  const char* const kind = text != nullptr ? "text" : image != nullptr ? "image" : "image_url";
  if (const auto type = fields.text("type"); type && *type != kind) {
    throw_bad_field(fields.path("type"), "out_of_range", "is not {}, which is what there is", kind);
  }
  if (text != nullptr) return text_input(*text, fields.path("text"), limits);
  if (url != nullptr) return parse_image_url(*url, fields.path("image_url"));
  return picture_input(*image, fields.path("image"));
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

Input picture_input(const Json& value, const std::string& param) {
  Input input{Input::Kind::picture, {}, param};
  if (value.is_binary()) {
    const auto& file = value.get_binary();
    input.bytes.assign(file.begin(), file.end());
  } else {
    if (!value.is_string()) throw_bad_field(param, "wrong_type", "{}, a string is wanted", kind_of(value));
    read_picture(value.get_ref<const std::string&>(), input);
  }
  if (input.bytes.empty() && input.address.empty()) throw_bad_field(param, "invalid_image", "is empty");
  return input;
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
