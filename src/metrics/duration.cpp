#include "metrics/duration.h"

#include <fmt/format.h>

namespace cnclip {

std::string duration_text(double seconds) {
  constexpr double kMost = 1e12;  // far beyond any run; NaN fails too
  if (!(seconds >= 0 && seconds < kMost)) return "?";
  if (seconds < 59.5) return fmt::format("{:.0f} s", seconds);
  const auto minutes = static_cast<long long>(seconds / 60 + 0.5);
  if (minutes < 60) return fmt::format("{} min", minutes);
  if (minutes < 24 * 60) return fmt::format("{} h {} min", minutes / 60, minutes % 60);
  return fmt::format("{} d {} h", minutes / (24 * 60), minutes / 60 % 24);
}

}  // namespace cnclip
