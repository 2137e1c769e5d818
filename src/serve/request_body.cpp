#include "serve/request_body.h"

#include <algorithm>
#include <array>

#include "base/ascii.h"
#include "base/header_text.h"
#include "serve/api_error.h"
#include "serve/form.h"
#include "text/utf8.h"

namespace cnclip::serve {
namespace {

// The fields of requests that are neither texts nor pictures.
constexpr std::array<std::string_view, 5> kJsonFields{"dimensions", "filter", "image_weight", "k", "row"};

Json form_body(const std::vector<FormPart>& parts, const Limits& limits) {
  Json body = Json::object();
  for (const FormPart& part : parts) {
    const bool is_json = !part.is_file && std::ranges::find(kJsonFields, part.name) != kJsonFields.end();
    Json value;
    if (is_json) {
      value = parse_json(part.bytes, limits, part.name);
    } else if (part.is_file) {
      value = Json::binary({part.bytes.begin(), part.bytes.end()});
    } else {
      if (!is_utf8(part.bytes)) throw_bad_field(part.name.substr(0, 64), "invalid_form", "is not UTF-8");
      value = part.bytes;
    }
    const auto place = body.find(part.name);
    if (place == body.end()) {
      body[part.name] = std::move(value);
    } else if (is_json) {
      throw_bad_field(part.name, "repeated_field", "stands twice");
    } else {
      if (!place->is_array()) *place = Json::array({std::move(*place)});
      place->push_back(std::move(value));
    }
  }
  return body;
}

}  // namespace

BodyType body_type(std::string_view content_type) {
  const std::string type = lower(trimmed(content_type.substr(0, content_type.find(';'))));
  if (type == "application/json") return BodyType::json;
  return type == "multipart/form-data" ? BodyType::form : BodyType::other;
}

Json read_body(const HttpRequest& request, const Limits& limits) {
  if (body_type(request.content_type) != BodyType::form) return parse_json(request.body, limits);
  return form_body(parse_form(request.content_type, request.body, limits), limits);
}

}  // namespace cnclip::serve
