// The body of POST /v1/search, parsed and checked.
#pragma once

#include <optional>
#include <string>

#include "search/library/picture.h"
#include "serve/inputs.h"

namespace cnclip::serve {

struct SearchRequest {
  std::optional<std::string> text, negative;
  std::optional<std::string> picture;  // bytes of a file
  std::optional<search::Row> row;
  double image_weight = 0.5;  // of the picture, where there is a text as well
  std::int64_t k = 50;
  search::Filter filter;
};

// Throws ApiError.
SearchRequest parse_search(std::string_view body, const Limits& limits);

}  // namespace cnclip::serve
