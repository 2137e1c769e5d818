#include "search/library/day.h"

#include <charconv>
#include <chrono>

namespace cnclip::search {

std::optional<std::int64_t> day_begin(std::string_view day) {
  if (day.size() != 10 || day[4] != '-' || day[7] != '-') return {};
  const auto number = [&](std::size_t begin, std::size_t size) {
    int value = -1;
    const char *from = day.data() + begin, *to = from + size;
    return std::from_chars(from, to, value).ptr == to ? value : -1;
  };
  const int year = number(0, 4), month = number(5, 2), date = number(8, 2);
  const std::chrono::year_month_day given{std::chrono::year(year), std::chrono::month(static_cast<unsigned>(month)),
                                          std::chrono::day(static_cast<unsigned>(date))};
  if (!given.ok() || year < 1678 || year > 2261) return {};
  return std::chrono::sys_days(given).time_since_epoch().count() * kDayNanoseconds;
}

}  // namespace cnclip::search
