// The request line and headers, checked before the HTTP library sees them.
//
// The library is lenient: it reads any number of headers, takes the first of two lengths, and leaves the body of a GET
// in the stream, where it would be the next request. What two programs may read differently is refused here.
#pragma once

#include <string>
#include <string_view>

#include "serve/limits.h"

namespace cnclip::serve {

struct RequestHead {
  // For the library: as it came, without Range (ranges may overlap, and be many) and Content-Type, for which it has
  // parsers of its own, of forms say, with bounds of their own.
  std::string bytes;
  std::string content_type;
  bool has_body = false, chunked = false, keep_alive = true;
  std::size_t content_length = 0;
  std::string request_id;  // what the client wants it to be; empty: nothing usable
};

// `bytes` ends with an empty line. Throws ApiError.
RequestHead check_head(std::string_view bytes, const Limits& limits);

}  // namespace cnclip::serve
