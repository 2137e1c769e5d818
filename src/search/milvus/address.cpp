#include "search/milvus/address.h"

#include <algorithm>
#include <charconv>

#include "base/error.h"

namespace cnclip::search {
namespace {

constexpr std::string_view kPlain = "milvus://", kSecure = "milvus+https://";
constexpr std::size_t kLongestName = 255;

bool is_name(const std::string& name) {
  const auto letter = [](char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_'; };
  return !name.empty() && name.size() <= kLongestName && letter(name[0]) &&
         std::all_of(name.begin(), name.end(), [&](char c) { return letter(c) || (c >= '0' && c <= '9'); });
}

bool is_host(const std::string& host) {
  return !host.empty() && std::all_of(host.begin(), host.end(), [](char c) {
    return c > ' ' && c < 127 && std::string_view("/\\@?#\"'<>").find(c) == std::string_view::npos;
  });
}

}  // namespace

std::string MilvusAddress::text() const {
  const bool secure = server.starts_with("https://");
  return std::string(secure ? kSecure : kPlain) + server.substr(server.find("//") + 2) + "/" + collection;
}

MilvusAddress parse_milvus_address(const std::string& text) {
  const bool secure = text.starts_with(kSecure);
  if (!secure && !text.starts_with(kPlain)) {
    throw_usage("{}: vectors are kept at milvus://host[:port][/collection], or milvus+https:// for TLS", text);
  }
  const std::string rest = text.substr((secure ? kSecure : kPlain).size());
  const std::size_t slash = std::min(rest.find('/'), rest.size());
  std::string host = rest.substr(0, slash), collection = rest.substr(std::min(slash + 1, rest.size()));
  if (host.find('@') != std::string::npos) {
    throw_usage("{}: names and passwords belong into CNCLIP_MILVUS_TOKEN, as user:password",
                text.substr(0, text.find("//") + 2) + "…@" + host.substr(host.find('@') + 1));
  }
  if (collection.empty()) collection = "cnclip";
  const std::size_t colon = host.rfind(':');
  if (colon == std::string::npos || host.ends_with(']')) {  // "[::1]"
    host += ":19530";
  } else {
    int port = 0;
    const auto [end, error] = std::from_chars(host.data() + colon + 1, host.data() + host.size(), port);
    if (error != std::errc() || end != host.data() + host.size() || port < 1 || port > 65535) {
      throw_usage("{}: {} is no port", text, host.substr(colon + 1));
    }
  }
  if (!is_host(host) || host.starts_with(':')) throw_usage("{}: names no host", text);
  if (!is_name(collection)) {
    throw_usage("{}: a collection's name is of letters, digits and underscores, and begins with no digit: {}", text,
                collection);
  }
  return {(secure ? "https://" : "http://") + host, collection};
}

}  // namespace cnclip::search
