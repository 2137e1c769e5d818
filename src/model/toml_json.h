// TOML as JSON.
#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <string_view>

namespace cnclip {

// Throws bad_input, naming `file` and the line, for what is not TOML, for values that JSON does not have, and for what
// the parser must not see: nesting that would exhaust the stack.
nlohmann::json parse_toml(std::string_view text, const std::string& file);

}  // namespace cnclip
