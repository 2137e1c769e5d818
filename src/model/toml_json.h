// TOML as JSON.
#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <string_view>

namespace cnclip {

// Throws bad_input, naming `file`, for what toml++ must not see: nesting that would exhaust the stack, and characters
// it has no defined behaviour for.
void guard_toml(std::string_view text, const std::string& file);

// Throws bad_input, naming `file` and the line, for what is not TOML, for values that JSON does not have, and for what
// guard_toml refuses.
nlohmann::json parse_toml(std::string_view text, const std::string& file);

}  // namespace cnclip
