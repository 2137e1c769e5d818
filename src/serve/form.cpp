#include "serve/form.h"

#include <algorithm>

#include "base/ascii.h"
#include "base/header_text.h"
#include "serve/api_error.h"

namespace cnclip::serve {
namespace {

constexpr std::string_view kLineEnd = "\r\n", kHeadEnd = "\r\n\r\n";
constexpr std::size_t kLongestBoundary = 70;  // RFC 2046
constexpr std::size_t kOtherParts = 16;       // fields that are no items

template <class... Args>
[[noreturn]] void throw_form(fmt::format_string<Args...> format, Args&&... args) {
  throw ApiError(400, "invalid_form", "the form: " + fmt::format(format, std::forward<Args>(args)...));
}

std::string boundary_of(std::string_view content_type) {
  const auto type = parse_header_value(content_type);
  const std::string* boundary = type ? type->find("boundary") : nullptr;
  if (boundary == nullptr) throw_form("Content-Type names no boundary");
  const bool known = std::ranges::all_of(*boundary, [](char c) {
    return is_token({&c, 1}) || std::string_view("(),/:=? ").find(c) != std::string_view::npos;
  });
  if (!known || boundary->empty() || boundary->size() > kLongestBoundary || boundary->ends_with(' ')) {
    throw_form("its boundary is not one of RFC 2046 (1 to {} characters)", kLongestBoundary);
  }
  return *boundary;
}

// A part under way; errors say which and where.
class PartHead {
 public:
  PartHead(std::size_t number, std::size_t offset) : place_(fmt::format("part {}, at byte {}", number, offset)) {}

  // `lines`: the headers, each with its end.
  FormPart parse(std::string_view lines) {
    while (!lines.empty()) {
      const std::size_t end = lines.find(kLineEnd);
      line(lines.substr(0, end));
      lines.remove_prefix(end + kLineEnd.size());
    }
    if (!named_) throw_form("{}: has no Content-Disposition", place_);
    return part_;
  }
  const std::string& place() const { return place_; }

 private:
  void line(std::string_view text) {
    const std::size_t colon = text.find(':');
    if (has_control(text) || colon == std::string_view::npos || !is_token(text.substr(0, colon))) {
      throw_form("{}: a line of its headers is none", place_);
    }
    const std::string name = lower(text.substr(0, colon));
    const std::string_view value = trimmed(text.substr(colon + 1));
    if (name == "content-disposition") disposition(value);
    if (name == "content-type") type(value);
    if (name == "content-transfer-encoding") transfer_encoding(lower(value));
  }

  void disposition(std::string_view text) {
    if (named_) throw_form("{}: Content-Disposition stands twice", place_);
    const auto value = parse_header_value(text);
    const std::string* name = value ? value->find("name") : nullptr;
    if (name == nullptr || value->value != "form-data") {
      throw_form("{}: its Content-Disposition is not form-data with a name", place_);
    }
    part_.name = *name;
    if (value->find("filename") != nullptr || value->find("filename*") != nullptr) part_.is_file = true;
    named_ = true;
  }

  void type(std::string_view text) {
    if (typed_) throw_form("{}: Content-Type stands twice", place_);
    const auto value = parse_header_value(text);
    if (!value) throw_form("{}: its Content-Type is none", place_);
    if (value->value != "text/plain" && value->value != "application/json") part_.is_file = true;
    const std::string* charset = value->find("charset");
    if (charset != nullptr && lower(*charset) != "utf-8" && lower(*charset) != "us-ascii") {
      throw_form("{}: its text is to be UTF-8", place_);
    }
    typed_ = true;
  }

  void transfer_encoding(const std::string& value) const {
    if (value != "binary" && value != "8bit" && value != "7bit") throw_form("{}: it must not be encoded", place_);
  }

  const std::string place_;
  FormPart part_;
  bool named_ = false, typed_ = false;
};

}  // namespace

std::vector<FormPart> parse_form(std::string_view content_type, std::string_view body, const Limits& limits) {
  const std::string delimiter = "\r\n--" + boundary_of(content_type);
  const std::string_view first = std::string_view(delimiter).substr(kLineEnd.size());
  if (!body.starts_with(first)) throw_form("it does not begin with the boundary that Content-Type names");
  std::vector<FormPart> parts;
  for (std::size_t at = first.size();;) {
    const std::string_view rest = body.substr(at);
    if (rest == "--" || rest == "--\r\n") return parts;
    if (!rest.starts_with(kLineEnd)) throw_form("at byte {}: neither the next part nor its end follows a boundary", at);
    if (parts.size() == limits.items + kOtherParts) {
      throw ApiError(400, "too_many_parts", fmt::format("the form has over {} parts", parts.size()));
    }
    PartHead head(parts.size() + 1, at);
    at += kLineEnd.size();
    const std::size_t size = body.substr(at, limits.part_head_bytes).find(kHeadEnd);
    if (size == std::string_view::npos) {
      if (body.size() - at < limits.part_head_bytes) throw_form("{}: its headers have no end", head.place());
      throw ApiError(400, "part_headers_too_large",
                     fmt::format("the form: {}: its headers have over {} bytes", head.place(), limits.part_head_bytes));
    }
    parts.push_back(head.parse(body.substr(at, size + kLineEnd.size())));
    at += size + kHeadEnd.size();
    const std::size_t end = body.find(delimiter, at);
    if (end == std::string_view::npos) throw_form("{}: no boundary follows it", head.place());
    parts.back().bytes = body.substr(at, end - at);
    at = end + delimiter.size();
  }
}

}  // namespace cnclip::serve
