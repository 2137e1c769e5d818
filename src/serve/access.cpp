#include "serve/access.h"

#include <openssl/crypto.h>

#include <algorithm>
#include <span>

#include "base/ascii.h"
#include "base/error.h"
#include "base/sha256.h"

namespace cnclip::serve {
namespace {

constexpr std::size_t kShortest = 16;

std::string hash_of(std::string_view key) {
  return sha256_hex(std::as_bytes(std::span(key)));
}

}  // namespace

ApiKeys::ApiKeys(std::string_view lines, const std::string& from) {
  for (std::size_t begin = 0, number = 1; begin < lines.size(); ++number) {
    const std::size_t end = std::min(lines.find('\n', begin), lines.size());
    std::string_view key = lines.substr(begin, end - begin);
    begin = end + 1;
    if (key.ends_with('\r')) key.remove_suffix(1);
    if (key.empty() || key.starts_with('#')) continue;
    const bool printable = std::ranges::all_of(key, [](char c) { return c > ' ' && c < 0x7f; });
    if (key.size() < kShortest || !printable) {
      throw_usage("{}: line {}: a key has {} characters or more, all of them printable ASCII", from, number, kShortest);
    }
    hashes_.push_back(hash_of(key));
  }
}

bool ApiKeys::allows(std::string_view authorization) const {
  constexpr std::string_view kScheme = "Bearer ";
  const bool has_scheme = authorization.starts_with(kScheme);
  const std::string given = hash_of(has_scheme ? authorization.substr(kScheme.size()) : std::string_view());
  bool found = false;
  for (const std::string& hash : hashes_) found |= CRYPTO_memcmp(hash.data(), given.data(), hash.size()) == 0;
  return found && has_scheme;
}

bool is_loopback_address(std::string_view host) {
  return host == "localhost" || host == "::1" ||
         (host.starts_with("127.") && host.find_first_not_of("0123456789.") == std::string_view::npos);
}

bool is_loopback_host(std::string_view header) {
  std::string_view host = header;
  if (host.starts_with('[')) {
    const std::size_t end = host.find(']');
    return end != std::string_view::npos && (end + 1 == host.size() || host[end + 1] == ':') &&
           is_loopback_address(host.substr(1, end - 1));
  }
  host = host.substr(0, host.find(':'));
  return is_loopback_address(host);
}

bool is_origin_of(std::string_view origin, std::string_view host_header) {
  const std::size_t scheme = origin.find("://");
  return scheme != std::string_view::npos && lower(origin.substr(scheme + 3)) == lower(host_header);
}

}  // namespace cnclip::serve
