#include "model/toml_table.h"

#include "base/error.h"
#include "model/toml_guard.h"

namespace cnclip {

toml::table parse_toml_table(std::string_view text, const std::string& file) {
  guard_toml(text, file);
  try {
    return toml::parse(text);
  } catch (const toml::parse_error& error) {
    throw_bad_input("{}: line {}: not TOML: {}", file, error.source().begin.line, error.description());
  }
}

}  // namespace cnclip
