// Bodies of requests: JSON within bounds, and its fields, none of which may be unknown. A binary value is a file.
#pragma once

#include <initializer_list>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>

#include "serve/limits.h"

namespace cnclip::serve {

using Json = nlohmann::json;

// Throws ApiError: for what is not one JSON value in UTF-8, is nested deeper than limits.json_depth, has more values
// than limits.json_values, or names a key twice. `field`: of a form, that the text stood in; "" for the body.
Json parse_json(std::string_view text, const Limits& limits, const std::string& field = "");

// The fields of an object. Errors name the field as it is reached from the body: "input[3].image".
class Fields {
 public:
  // Throws ApiError unless `value` is an object with none but the `known` fields. `path` is "" for the body.
  Fields(const Json& value, std::string path, std::initializer_list<std::string_view> known);

  std::string path(std::string_view name) const;
  // Null counts as absent, as clients of OpenAI's API have it.
  const Json* find(std::string_view name) const;
  const Json& at(std::string_view name) const;  // throws for one that is absent

  std::optional<std::string> text(std::string_view name) const;
  std::optional<std::int64_t> whole(std::string_view name, std::int64_t least, std::int64_t most) const;
  std::optional<double> number(std::string_view name, double least, double most) const;

 private:
  const Json& object_;
  std::string path_;
};

// What a value is, for messages: "a number".
const char* kind_of(const Json& value);

}  // namespace cnclip::serve
