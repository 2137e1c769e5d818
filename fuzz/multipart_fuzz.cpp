// Forms as clients send them: the first line is the Content-Type, the rest the body.
#include <cstdlib>
#include <string_view>

#include "serve/api_error.h"
#include "serve/form.h"
#include "serve/request_body.h"
#include "serve/search_request.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace cnclip::serve;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const std::size_t line = std::min(text.find('\n'), text.size());
  HttpRequest request;
  request.content_type = text.substr(0, line);
  request.body = text.substr(std::min(line + 1, text.size()));
  Limits limits;
  limits.items = 8;
  limits.json_values = 1000;
  limits.part_head_bytes = 512;
  try {
    // Parts lie within the body, one after another.
    const char *at = request.body.data(), *const end = at + request.body.size();
    for (const FormPart& part : parse_form(request.content_type, request.body, limits)) {
      if (part.bytes.data() < at || part.bytes.data() + part.bytes.size() > end) std::abort();
      at = part.bytes.data() + part.bytes.size();
    }
    parse_search(read_body(request, limits), limits);
  } catch (const ApiError& error) {
    if (error.status() != 400 || error.json().empty()) std::abort();
  }
  return 0;
}
