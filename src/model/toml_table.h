// A TOML document, parsed.
#pragma once

#include <toml++/toml.h>

#include <string>
#include <string_view>

namespace cnclip {

// Throws bad_input, naming `file` and the line, for what is not TOML and for what guard_toml refuses.
toml::table parse_toml_table(std::string_view text, const std::string& file);

}  // namespace cnclip
