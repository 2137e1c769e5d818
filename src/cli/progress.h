// How far a command has come.
#pragma once

#include <fmt/format.h>
#include <unistd.h>

#include <chrono>
#include <cstdio>
#include <functional>
#include <optional>
#include <string>

#include "metrics/duration.h"

namespace cnclip {

// On a terminal only: a log file wants no carriage returns.
inline std::function<void(std::size_t, std::optional<std::size_t>)> terminal_progress() {
  if (isatty(2) == 0) return {};
  return [start = std::chrono::steady_clock::now()](std::size_t done, std::optional<std::size_t> of) {
    const double seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
    const double rate = static_cast<double>(done) / seconds;
    // Blanks over what a longer line before it left.
    fmt::print(
        stderr, "\r{:<60}",
        fmt::format("{}{}  {:.1f}/s{}", done, of ? fmt::format(" of {}", *of) : "", rate,
                    of && done > 0 ? ", " + duration_text(static_cast<double>(*of - done) / rate) + " left" : ""));
  };
}

}  // namespace cnclip
