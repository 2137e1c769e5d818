// The body of POST /v1/search (read_body), checked.
#pragma once

#include <optional>
#include <string>

#include "search/library/picture.h"
#include "serve/inputs.h"

namespace cnclip::serve {

struct SearchRequest {
  std::optional<std::string> text, negative;
  std::optional<Input> picture;
  std::optional<search::Row> row;
  double image_weight = 0.5;  // of the picture, where there is a text as well
  std::int64_t k = 50;
  search::Filter filter;
};

// Throws ApiError.
SearchRequest parse_search(const Json& body, const Limits& limits);

}  // namespace cnclip::serve
