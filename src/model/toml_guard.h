// What toml++ must not see.
#pragma once

#include <string>
#include <string_view>

namespace cnclip {

// Throws bad_input, naming `file`, for nesting that would exhaust the stack, and for what the parser has no defined
// behaviour for: characters of some blocks, fullwidth punctuation among them, outside of strings and comments.
void guard_toml(std::string_view text, const std::string& file);

}  // namespace cnclip
