// How a value out of a JSON file that may hold anything stands in a message.
#pragma once

#include <string>

namespace cnclip {

// Lists and objects by their kind only: written out they could be long, and nested deeper than the stack is.
template <class Json>
std::string shown(const Json& value) {
  if (value.is_structured()) return value.is_array() ? "a list" : "an object";
  return value.dump(-1, ' ', false, Json::error_handler_t::replace).substr(0, 100);
}

}  // namespace cnclip
