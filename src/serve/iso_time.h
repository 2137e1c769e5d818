// Moments, as answers and the log have them.
#pragma once

#include <fmt/chrono.h>

#include <chrono>
#include <cstdint>
#include <string>

namespace cnclip::serve {

// 2026-01-31T12:00:00Z, of nanoseconds since 1970.
inline std::string iso_time(std::int64_t nanoseconds) {
  const std::chrono::sys_time<std::chrono::nanoseconds> moment{std::chrono::nanoseconds(nanoseconds)};
  const auto seconds = std::chrono::floor<std::chrono::seconds>(moment).time_since_epoch().count();
  return fmt::format("{:%FT%TZ}", fmt::gmtime(static_cast<std::time_t>(seconds)));
}

}  // namespace cnclip::serve
