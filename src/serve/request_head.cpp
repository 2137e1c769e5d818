#include "serve/request_head.h"

#include <algorithm>
#include <charconv>
#include <optional>

#include "base/ascii.h"
#include "base/header_text.h"
#include "serve/api_error.h"

namespace cnclip::serve {
namespace {

[[noreturn]] void throw_malformed(const std::string& what) {
  throw ApiError(400, "malformed_request", what);
}

bool is_request_id(std::string_view text) {
  return text.size() <= 64 && is_token(text);
}

void check_line(std::string_view line, const Limits& limits, RequestHead& head, std::string& method) {
  const std::size_t first = line.find(' '), last = line.rfind(' ');
  if (first == std::string_view::npos || first == last) throw_malformed("the request line has no three parts");
  method = line.substr(0, first);
  const std::string_view target = line.substr(first + 1, last - first - 1), version = line.substr(last + 1);
  if (version != "HTTP/1.1" && version != "HTTP/1.0") {
    throw ApiError(505, "http_version", "this server speaks HTTP/1.1 and HTTP/1.0");
  }
  head.keep_alive = version == "HTTP/1.1";
  if (!is_token(method)) throw_malformed("the method is no word");
  if (method != "GET" && method != "HEAD" && method != "POST") {
    throw ApiError(405, "method_not_allowed", "this server knows GET, HEAD and POST");
  }
  if (target.size() > limits.target_bytes) {
    throw ApiError(414, "path_too_long",
                   fmt::format("the path has {} bytes, the limit is {}", target.size(), limits.target_bytes));
  }
  if (!target.starts_with('/') ||
      !std::ranges::all_of(target, [](unsigned char c) { return c > ' ' && c < 0x7f && c != '#'; })) {
    throw_malformed("the path is none");
  }
}

std::size_t length_of(std::string_view value, const Limits& limits) {
  std::size_t length = 0;
  const auto [end, error] = std::from_chars(value.data(), value.data() + value.size(), length);
  const bool digits = !value.empty() && value.find_first_not_of("0123456789") == std::string_view::npos;
  if (!digits || (error == std::errc() && end != value.data() + value.size()))
    throw_malformed("Content-Length is no number");
  if (error != std::errc() || length > limits.body_bytes) {
    throw ApiError(413, "body_too_large",
                   fmt::format("the body has {} bytes, the limit is {}", value, limits.body_bytes));
  }
  return length;
}

}  // namespace

RequestHead check_head(std::string_view bytes, const Limits& limits) {
  RequestHead head;
  std::string method;
  std::optional<std::size_t> length;
  std::size_t lines = 0, hosts = 0;
  bool needs_host = false, typed = false;
  for (std::size_t begin = 0; begin < bytes.size(); ++lines) {
    const std::size_t end = bytes.find('\n', begin);
    if (end == std::string_view::npos || end == begin || bytes[end - 1] != '\r') {
      throw_malformed("a line of the headers does not end with CR LF");
    }
    const std::string_view line = bytes.substr(begin, end - 1 - begin), whole = bytes.substr(begin, end + 1 - begin);
    begin = end + 1;
    if (has_control(line)) throw_malformed("a control character is in the headers");
    if (lines == 0) {
      check_line(line, limits, head, method);
      needs_host = head.keep_alive;  // as HTTP/1.1 has it, and 1.0 has not
      head.bytes += whole;
      continue;
    }
    if (line.empty()) {
      head.bytes += whole;
      break;
    }
    if (lines > limits.headers) {
      throw ApiError(431, "too_many_headers", fmt::format("more than {} headers", limits.headers));
    }
    const std::size_t colon = line.find(':');
    if (colon == std::string_view::npos || !is_token(line.substr(0, colon))) {
      throw_malformed("a header has no name of its own");
    }
    const std::string name = lower(line.substr(0, colon));
    const std::string_view value = trimmed(line.substr(colon + 1));
    if (name == "range") continue;
    if (name == "content-type") {
      if (typed) throw_malformed("Content-Type stands twice");
      head.content_type = value;
      typed = true;
      continue;
    }
    head.bytes += whole;
    if (name == "content-length") {
      if (length) throw_malformed("Content-Length stands twice");
      length = length_of(value, limits);
    } else if (name == "transfer-encoding") {
      if (head.chunked || lower(value) != "chunked") {
        throw ApiError(501, "transfer_encoding", "Transfer-Encoding: only chunked is known, once");
      }
      head.chunked = true;
    } else if (name == "content-encoding") {
      if (lower(value) != "identity") throw ApiError(415, "content_encoding", "bodies must not be compressed");
    } else if (name == "expect") {
      if (lower(value) != "100-continue") throw ApiError(417, "expectation", "Expect: only 100-continue is known");
    } else if (name == "connection") {
      const std::string wish = lower(value);
      if (wish.find("close") != std::string::npos) head.keep_alive = false;
    } else if (name == "host") {
      if (++hosts > 1) throw_malformed("Host stands twice");
    } else if (name == "x-request-id") {
      if (is_request_id(value)) head.request_id = value;
    }
  }
  if (hosts == 0 && needs_host) throw_malformed("Host is missing");
  if (length && head.chunked) throw_malformed("both Content-Length and Transfer-Encoding");
  head.content_length = length.value_or(0);
  head.has_body = head.chunked || head.content_length > 0;
  if (method == "POST" && !head.chunked && !length) {
    throw ApiError(411, "length_required", "a POST needs Content-Length, or Transfer-Encoding: chunked");
  }
  if (method != "POST" && head.has_body) throw_malformed(method + " has no body");
  return head;
}

}  // namespace cnclip::serve
