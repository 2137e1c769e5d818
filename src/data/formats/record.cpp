#include "data/formats/record.h"

#include <charconv>

namespace cnclip {

Id id_from_text(std::string text) {
  std::int64_t value = 0;
  const char* end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, value);
  const bool number = error == std::errc() && stop == end && text == std::to_string(value);
  return {std::move(text), number};
}

std::optional<Id> id_from_json(const nlohmann::ordered_json& json) {
  if (json.is_string()) return Id{json.get<std::string>(), false};
  if (!json.is_number_integer()) return {};
  if (json.is_number_unsigned() && json.get<std::uint64_t>() > INT64_MAX) return {};
  return Id{std::to_string(json.get<std::int64_t>()), true};
}

nlohmann::ordered_json json_of(const Id& id) {
  if (id.number) return std::stoll(id.text);
  return id.text;
}

}  // namespace cnclip
