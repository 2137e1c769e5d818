// multipart/form-data (RFC 7578), read strictly: what two programs may read differently is refused.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "serve/limits.h"

namespace cnclip::serve {

struct FormPart {
  std::string name;
  bool is_file = false;    // it has a name of a file, or a type other than text/plain and application/json
  std::string_view bytes;  // within the body
};

// The parts in their order; names may come again. `content_type` is the header, with its boundary. Throws ApiError 400:
// invalid_form with the number of the part and the byte at which it begins, too_many_parts, part_headers_too_large.
std::vector<FormPart> parse_form(std::string_view content_type, std::string_view body, const Limits& limits);

}  // namespace cnclip::serve
