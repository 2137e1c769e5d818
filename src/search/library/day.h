// Days, as filters name them.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace cnclip::search {

inline constexpr std::int64_t kDayNanoseconds = 86'400'000'000'000;

// The first moment of a day of UTC, in nanoseconds since 1970. `day`: YYYY-MM-DD, from 1678 to 2261, which is what
// nanoseconds since 1970 can tell. Empty for anything else.
std::optional<std::int64_t> day_begin(std::string_view day);

}  // namespace cnclip::search
