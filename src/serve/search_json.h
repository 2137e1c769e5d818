// Answers of searches, as JSON.
#pragma once

#include <optional>
#include <string>

#include "search/query.h"

namespace cnclip::serve {

std::string search_json(const std::optional<std::string>& text, const search::Answer& answer, double seconds);
// 2026-01-31T12:00:00Z
std::string iso_time(std::int64_t nanoseconds);

}  // namespace cnclip::serve
