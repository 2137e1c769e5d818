#include "model/toml_json.h"

#include <cmath>

#include "base/error.h"
#include "model/toml_table.h"
#include "model/toml_text.h"

namespace cnclip {

using Json = nlohmann::json;

// Not toml++'s own json_formatter: it escapes characters beyond the first plane in a way that JSON does not have.
Json to_json(const toml::node& node, const std::string& file) {
  Json json;
  node.visit([&](const auto& value) {
    using Node = decltype(value);
    if constexpr (toml::is_table<Node>) {
      json = Json::object();
      for (const auto& [key, item] : value) json[std::string(key.str())] = to_json(item, file);
    } else if constexpr (toml::is_array<Node>) {
      json = Json::array();
      for (const toml::node& item : value) json.push_back(to_json(item, file));
    } else if constexpr (toml::is_string<Node> || toml::is_integer<Node> || toml::is_boolean<Node>) {
      json = value.get();
    } else {
      if constexpr (toml::is_floating_point<Node>) {
        if (std::isfinite(value.get())) {
          json = value.get();
          return;
        }
      }
      throw_bad_input("{}: line {}: {}: no configuration has such a value", file, node.source().begin.line,
                      shown(node));
    }
  });
  return json;
}

Json parse_toml(std::string_view text, const std::string& file) {
  return to_json(parse_toml_table(text, file), file);
}

}  // namespace cnclip
