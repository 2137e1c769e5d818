// What several commands print.
#pragma once

#include <fmt/format.h>
#include <unistd.h>

#include <cstdio>
#include <nlohmann/json.hpp>
#include <string>

namespace cnclip {

using Json = nlohmann::ordered_json;

inline void print_json(const Json& json, int indent = -1) {
  fmt::print("{}\n", json.dump(indent, ' ', false, Json::error_handler_t::replace));
}

inline void note(const std::string& line) {
  fmt::print(stderr, "{}\n", line);
}

}  // namespace cnclip
