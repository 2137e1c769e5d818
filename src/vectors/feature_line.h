// One line of the official feature files: {"image_id": 7, "feature": [0.1, …]}.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace cnclip {

// The fields may come in any order, with others among them. The id is an integer or a string. Values are rounded to
// float32 as the official scripts do it, by way of double. Returns what is wrong with the line; empty: nothing.
std::string parse_feature_line(std::string_view line, std::string_view id_key, std::string& id,
                               std::vector<float>& values);

}  // namespace cnclip
