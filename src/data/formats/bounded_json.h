// JSON from files that may hold anything.
#pragma once

#include <nlohmann/json.hpp>
#include <string_view>

namespace cnclip {

// Discarded (is_discarded) for what is not JSON, and for what nests deeper than any record does: copies of such values
// would take more stack than there is.
nlohmann::ordered_json parse_bounded_json(std::string_view text);

}  // namespace cnclip
