#include "serve/json_body.h"

#include <algorithm>
#include <set>
#include <vector>

#include "serve/api_error.h"

namespace cnclip::serve {

Json parse_json(std::string_view text, const Limits& limits, const std::string& field) {
  const std::string name = field.empty() ? "the body" : field;
  std::size_t values = 0;
  std::vector<std::set<std::string>> keys;  // of the objects that are open
  const auto watch = [&](int depth, Json::parse_event_t event, Json& value) {
    using Event = Json::parse_event_t;
    if (event == Event::object_end) {
      keys.pop_back();
      return true;
    }
    if (event == Event::array_end) return true;
    if (++values > limits.json_values) {
      throw ApiError(400, "json_too_large", fmt::format("{} has over {} JSON values", name, limits.json_values), field);
    }
    if (depth > limits.json_depth) {
      throw ApiError(400, "json_too_deep", fmt::format("{} is nested over {} deep", name, limits.json_depth), field);
    }
    if (event == Event::object_start) keys.emplace_back();
    if (event == Event::key && !keys.back().insert(value.get<std::string>()).second) {
      throw ApiError(400, "repeated_field", fmt::format("field {} stands twice", value.dump()));
    }
    return true;
  };
  try {
    return Json::parse(text, watch);
  } catch (const Json::exception& error) {
    // Without the library's own prefix, and without the body's content.
    std::string what = error.what();
    what = what.substr(0, what.find("; last read"));
    if (const std::size_t end = what.find("] "); end != std::string::npos) what = what.substr(end + 2);
    throw ApiError(400, "invalid_json", name + " is not JSON: " + what, field);
  }
}

const char* kind_of(const Json& value) {
  switch (value.type()) {
    case Json::value_t::null: return "null";
    case Json::value_t::object: return "an object";
    case Json::value_t::array: return "an array";
    case Json::value_t::string: return "a string";
    case Json::value_t::boolean: return "true or false";
    case Json::value_t::binary: return "a file";
    default: return "a number";
  }
}

Fields::Fields(const Json& value, std::string path, std::initializer_list<std::string_view> known)
    : object_(value), path_(std::move(path)) {
  const std::string name = path_.empty() ? "the body" : path_;
  if (!value.is_object()) {
    throw ApiError(400, "wrong_type", fmt::format("{}: {}, an object is wanted", name, kind_of(value)), path_);
  }
  for (const auto& [key, ignored] : value.items()) {
    if (std::ranges::find(known, std::string_view(key)) != known.end()) continue;
    const std::string shown = this->path(key.substr(0, 64));
    throw ApiError(400, "unknown_field", fmt::format("{}: there is no such field", shown), shown);
  }
}

std::string Fields::path(std::string_view name) const {
  return path_.empty() ? std::string(name) : path_ + "." + std::string(name);
}

const Json* Fields::find(std::string_view name) const {
  const auto place = object_.find(name);
  return place == object_.end() || place->is_null() ? nullptr : &*place;
}

const Json& Fields::at(std::string_view name) const {
  if (const Json* value = find(name)) return *value;
  throw_bad_field(path(name), "missing_field", "is missing");
}

std::optional<std::string> Fields::text(std::string_view name) const {
  const Json* value = find(name);
  if (value == nullptr) return {};
  if (!value->is_string()) throw_bad_field(path(name), "wrong_type", "{}, a string is wanted", kind_of(*value));
  return value->get<std::string>();
}

std::optional<std::int64_t> Fields::whole(std::string_view name, std::int64_t least, std::int64_t most) const {
  const Json* value = find(name);
  if (value == nullptr) return {};
  if (!value->is_number_integer()) {
    throw_bad_field(path(name), "wrong_type", "{}, a whole number is wanted", kind_of(*value));
  }
  // A number over the largest signed one is held as unsigned.
  const bool huge = value->is_number_unsigned() && value->get<std::uint64_t>() > std::uint64_t{INT64_MAX};
  if (huge || value->get<std::int64_t>() < least || value->get<std::int64_t>() > most) {
    throw_bad_field(path(name), "out_of_range", "{}: {} to {} is possible", value->dump(), least, most);
  }
  return value->get<std::int64_t>();
}

std::optional<double> Fields::number(std::string_view name, double least, double most) const {
  const Json* value = find(name);
  if (value == nullptr) return {};
  if (!value->is_number()) throw_bad_field(path(name), "wrong_type", "{}, a number is wanted", kind_of(*value));
  const auto found = value->get<double>();
  if (!(found >= least && found <= most)) {
    throw_bad_field(path(name), "out_of_range", "{}: {} to {} is possible", value->dump(), least, most);
  }
  return found;
}

}  // namespace cnclip::serve
