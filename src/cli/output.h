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

// A message that cannot be written is no reason to fail.
inline void note(const std::string& line) {
  std::fputs((line + "\n").c_str(), stderr);
}

}  // namespace cnclip
