// Answers of searches, as JSON.
#pragma once

#include <optional>
#include <string>

#include "search/query.h"

namespace cnclip::serve {

std::string search_json(const std::optional<std::string>& text, const search::Answer& answer, double seconds);

}  // namespace cnclip::serve
