// What clients send: the first byte chooses the headers or one of the bodies.
#include <cstdlib>
#include <string_view>

#include "serve/api_error.h"
#include "serve/request_head.h"
#include "serve/requests.h"
#include "serve/search_request.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace cnclip::serve;
  if (size == 0) return 0;
  const std::string_view text(reinterpret_cast<const char*>(data) + 1, size - 1);
  Limits limits;
  limits.items = 8;
  limits.json_values = 1000;
  try {
    switch (data[0] % 5) {
      case 0: {
        const RequestHead head = check_head(text, limits);
        // What has passed passes again, and says the same.
        const RequestHead again = check_head(head.bytes, limits);
        if (again.bytes != head.bytes || again.content_length != head.content_length || again.chunked != head.chunked) {
          std::abort();
        }
        break;
      }
      case 1: {
        const auto request = parse_embeddings(parse_json(text, limits), 512, limits);
        if (request.inputs.empty() || request.inputs.size() > limits.items) std::abort();
        break;
      }
      case 2: parse_similarity(parse_json(text, limits), limits); break;
      case 3: parse_classify(parse_json(text, limits), limits); break;
      default: parse_search(parse_json(text, limits), limits); break;
    }
  } catch (const ApiError& error) {
    if (error.status() < 400 || error.json().empty()) std::abort();
  }
  return 0;
}
