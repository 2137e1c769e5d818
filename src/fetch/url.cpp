#include "fetch/url.h"

#include <algorithm>
#include <charconv>

#include "base/ascii.h"
#include "fetch/failure.h"

namespace cnclip::fetch {
namespace {

constexpr std::string_view kPlain = "http://", kSecure = "https://";
constexpr std::size_t kLongest = 2048, kLongestHost = 253;

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

bool is_name(std::string_view host) {
  return !host.empty() && host.size() <= kLongestHost && !host.starts_with('.') && !host.starts_with('-') &&
         host.find("..") == std::string_view::npos && std::ranges::all_of(host, [](char c) {
           return is_digit(c) || (c >= 'a' && c <= 'z') || c == '-' || c == '.' || c == '_';
         });
}

// What resolvers take for a number, octal, hexadecimal or with parts left out.
bool ends_in_number(std::string_view host) {
  const std::string_view last = host.substr(host.rfind('.') + 1);
  return last.starts_with("0x") || std::ranges::all_of(last, is_digit);
}

int parse_port(std::string_view text) {
  int port = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), port);
  if (error != std::errc() || end != text.data() + text.size() || port < 1 || port > 65535) {
    throw_failure(Failure::address, "the address has a port that is none");
  }
  return port;
}

void set_host(std::string_view text, Url& url) {
  if (text.starts_with('[')) {
    if (!text.ends_with(']')) throw_failure(Failure::address, "the address has a host that is none");
    url.host = lower(text.substr(1, text.size() - 2));
    url.address = parse_ip_address(url.host);
    if (!url.address || url.host.find(':') == std::string::npos) {
      throw_failure(Failure::address, "the address has a host that is no IPv6 address");
    }
    return;
  }
  url.host = lower(text);
  if (url.host.ends_with('.')) url.host.pop_back();
  if (!is_name(url.host)) throw_failure(Failure::address, "the address has a host that is none");
  url.address = parse_ip_address(url.host);
  if (!url.address && ends_in_number(url.host)) {
    throw_failure(Failure::address, "the address has a number for a host: four decimal numbers are an address");
  }
}

}  // namespace

std::string Url::host_header() const {
  const std::string name = host.find(':') == std::string::npos ? host : "[" + host + "]";
  return has_own_port() ? name : name + ":" + std::to_string(port);
}

bool is_web_address(std::string_view text) {
  const std::string start = lower(text.substr(0, kSecure.size()));
  return start.starts_with(kPlain) || start.starts_with(kSecure);
}

Url parse_url(std::string_view text) {
  if (!is_web_address(text)) throw_failure(Failure::address, "an address begins with http:// or https://");
  if (text.size() > kLongest) throw_failure(Failure::address, "the address has over {} bytes", kLongest);
  if (!std::ranges::all_of(text, [](char c) { return c > ' ' && c < 0x7f && c != '\\'; })) {
    throw_failure(Failure::address, "the address has characters that are to be written as %XX");
  }
  Url url;
  url.tls = lower(text.substr(0, kSecure.size())) == kSecure;
  text.remove_prefix((url.tls ? kSecure : kPlain).size());
  text = text.substr(0, text.find('#'));
  const std::size_t end = std::min(text.find_first_of("/?"), text.size());
  std::string_view authority = text.substr(0, end);
  if (authority.find('@') != std::string_view::npos) {
    throw_failure(Failure::address, "the address has a name or a password");
  }
  url.port = url.tls ? 443 : 80;
  const std::size_t colon = authority.rfind(':');
  if (colon != std::string_view::npos && authority.find(']', colon) == std::string_view::npos) {
    url.port = parse_port(authority.substr(colon + 1));
    authority = authority.substr(0, colon);
  }
  set_host(authority, url);
  if (end < text.size()) url.target = (text[end] == '?' ? "/" : "") + std::string(text.substr(end));
  return url;
}

}  // namespace cnclip::fetch
