// TOML as JSON.
#pragma once

#include <toml++/toml.h>

#include <nlohmann/json.hpp>
#include <string>
#include <string_view>

namespace cnclip {

// Throws bad_input, naming `file` and the line, for what parse_toml_table refuses and for values that JSON does not
// have: dates, times, numbers that are not finite.
nlohmann::json parse_toml(std::string_view text, const std::string& file);

// Of what parse_toml_table gave; throws as parse_toml does for values that JSON does not have.
nlohmann::json to_json(const toml::node& node, const std::string& file);

}  // namespace cnclip
