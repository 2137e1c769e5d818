// How a value out of a TOML file stands in a message.
#pragma once

#include <toml++/toml.h>

#include <string>

namespace cnclip {

// One line, cut where it is long. Lists and tables by their kind only: toml++ 3.3 has no defined behaviour when it
// writes lists of small numbers, and they may be nested deeper than the stack is.
std::string shown(const toml::node& node);

}  // namespace cnclip
