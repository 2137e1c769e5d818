// Headers of HTTP and MIME, as text.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace cnclip {

bool is_token(std::string_view text);             // of RFC 9110: what names of headers and bare parameters are made of
bool has_control(std::string_view text);          // a control character other than a tab
std::string_view trimmed(std::string_view text);  // without spaces and tabs around it

// "form-data; name=image; filename=\"a;b.jpg\"".
struct HeaderValue {
  std::string value;                                            // in lower case
  std::vector<std::pair<std::string, std::string>> parameters;  // names in lower case, values without their quotes

  const std::string* find(std::string_view name) const;
};

// Nothing for what is of another form, or names a parameter twice.
std::optional<HeaderValue> parse_header_value(std::string_view text);

}  // namespace cnclip
