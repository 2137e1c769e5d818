// Short ways to throw cnclip::Error with a formatted message.
#pragma once

#include <fmt/format.h>

#include <utility>

#include "cnclip/error.h"

namespace cnclip {

template <class... Args>
[[noreturn]] void throw_bad_input(fmt::format_string<Args...> format, Args&&... args) {
  throw Error(ErrorCategory::bad_input, fmt::format(format, std::forward<Args>(args)...));
}

template <class... Args>
[[noreturn]] void throw_usage(fmt::format_string<Args...> format, Args&&... args) {
  throw Error(ErrorCategory::usage, fmt::format(format, std::forward<Args>(args)...));
}

template <class... Args>
[[noreturn]] void throw_unavailable(fmt::format_string<Args...> format, Args&&... args) {
  throw Error(ErrorCategory::unavailable, fmt::format(format, std::forward<Args>(args)...));
}

// For broken promises between our own parts; the message names the part.
template <class... Args>
[[noreturn]] void throw_internal(fmt::format_string<Args...> format, Args&&... args) {
  throw Error(ErrorCategory::internal, fmt::format(format, std::forward<Args>(args)...));
}

}  // namespace cnclip
