// TOML as JSON.
#pragma once

#include <toml++/toml.h>

#include <nlohmann/json.hpp>
#include <string>
#include <string_view>

namespace cnclip {

// Throws bad_input, naming `file` and the line, for what is not TOML, for values that JSON does not have (dates, times,
// numbers that are not finite), and for what guard_toml refuses.
nlohmann::json parse_toml(std::string_view text, const std::string& file);

// Of what guard_toml has let pass; for values that JSON does not have, throws as parse_toml does.
nlohmann::json to_json(const toml::node& node, const std::string& file);

}  // namespace cnclip
