#include "fetch/ip_address.h"

#include <arpa/inet.h>
#include <netinet/in.h>

#include <algorithm>
#include <charconv>
#include <cstring>
#include <vector>

namespace cnclip::fetch {
namespace {

constexpr std::array<std::uint8_t, 12> kMapped{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};
constexpr int kMappedBits = 96;

IpAddress from_v4(const void* bytes) {
  IpAddress address;
  std::ranges::copy(kMapped, address.bytes.begin());
  std::memcpy(&address.bytes[kMapped.size()], bytes, 4);
  return address;
}

IpAddress from_v6(const void* bytes) {
  IpAddress address;
  std::memcpy(address.bytes.data(), bytes, address.bytes.size());
  return address;
}

std::vector<Network> networks(std::initializer_list<const char*> texts) {
  std::vector<Network> found;
  for (const char* text : texts) found.push_back(parse_network(text).value());
  return found;
}

bool is_in(const std::vector<Network>& networks, const IpAddress& address) {
  return std::ranges::any_of(networks, [&](const Network& network) { return network.contains(address); });
}

}  // namespace

bool IpAddress::is_v4() const {
  return std::equal(kMapped.begin(), kMapped.end(), bytes.begin());
}

std::string IpAddress::text() const {
  char text[INET6_ADDRSTRLEN] = "";
  const std::uint8_t* from = is_v4() ? &bytes[kMapped.size()] : bytes.data();
  ::inet_ntop(is_v4() ? AF_INET : AF_INET6, from, text, sizeof text);
  return text;
}

socklen_t IpAddress::to_socket_address(int port, sockaddr_storage& address) const {
  address = {};
  if (is_v4()) {
    sockaddr_in v4{};
    v4.sin_family = AF_INET;
    v4.sin_port = htons(static_cast<std::uint16_t>(port));
    std::memcpy(&v4.sin_addr, &bytes[kMapped.size()], 4);
    std::memcpy(&address, &v4, sizeof v4);
    return sizeof v4;
  }
  sockaddr_in6 v6{};
  v6.sin6_family = AF_INET6;
  v6.sin6_port = htons(static_cast<std::uint16_t>(port));
  std::memcpy(&v6.sin6_addr, bytes.data(), bytes.size());
  std::memcpy(&address, &v6, sizeof v6);
  return sizeof v6;
}

std::optional<IpAddress> parse_ip_address(const std::string& text) {
  in_addr v4{};
  if (::inet_pton(AF_INET, text.c_str(), &v4) == 1) return from_v4(&v4);
  in6_addr v6{};
  if (::inet_pton(AF_INET6, text.c_str(), &v6) == 1) return from_v6(&v6);
  return {};
}

IpAddress ip_address_of(const sockaddr& address) {
  if (address.sa_family == AF_INET) {
    sockaddr_in v4{};
    std::memcpy(&v4, &address, sizeof v4);
    return from_v4(&v4.sin_addr);
  }
  sockaddr_in6 v6{};
  std::memcpy(&v6, &address, sizeof v6);
  return from_v6(&v6.sin6_addr);
}

bool Network::contains(const IpAddress& address) const {
  const auto whole = static_cast<std::size_t>(bits) / 8;
  if (!std::equal(first.bytes.begin(), first.bytes.begin() + static_cast<std::ptrdiff_t>(whole),
                  address.bytes.begin())) {
    return false;
  }
  const int rest = bits % 8;
  return rest == 0 || ((first.bytes[whole] ^ address.bytes[whole]) >> (8 - rest)) == 0;
}

std::optional<Network> parse_network(const std::string& text) {
  const std::size_t slash = std::min(text.find('/'), text.size());
  const auto first = parse_ip_address(text.substr(0, slash));
  if (!first) return {};
  Network network{*first, 128};
  if (slash == text.size()) return network;
  const bool v4 = text.find(':') == std::string::npos;
  int bits = 0;
  const auto [end, error] = std::from_chars(text.data() + slash + 1, text.data() + text.size(), bits);
  if (error != std::errc() || end != text.data() + text.size() || bits < 0 || bits > (v4 ? 32 : 128)) return {};
  network.bits = v4 ? bits + kMappedBits : bits;
  for (int bit = network.bits; bit < 128; ++bit) {
    if ((first->bytes[static_cast<std::size_t>(bit) / 8] >> (7 - bit % 8) & 1) != 0) return {};
  }
  return network;
}

bool is_public(const IpAddress& address) {
  static const std::vector<Network> special_v4 = networks({
      "0.0.0.0/8",         // this network
      "10.0.0.0/8",        // private
      "100.64.0.0/10",     // shared by customers of a provider
      "127.0.0.0/8",       // this machine
      "168.63.129.16/32",  // Azure's, answers to machines inside only
      "169.254.0.0/16",    // link-local, metadata of clouds
      "172.16.0.0/12",     // private
      "192.0.0.0/24",      // protocols
      "192.0.2.0/24",      // documentation
      "192.88.99.0/24",    // 6to4
      "192.168.0.0/16",    // private
      "198.18.0.0/15",     // benchmarks
      "198.51.100.0/24",   // documentation
      "203.0.113.0/24",    // documentation
      "224.0.0.0/4",       // multicast
      "240.0.0.0/4",       // reserved, broadcast
  });
  static const Network global_v6 = parse_network("2000::/3").value();  // all that is given out
  static const std::vector<Network> special_v6 = networks({
      "2001::/23",      // protocols, Teredo
      "2001:db8::/32",  // documentation
      "2002::/16",      // 6to4
      "3fff::/20",      // documentation
  });
  static const Network translated = parse_network("64:ff9b::/96").value();  // IPv4, where there is only IPv6 (NAT64)
  if (address.is_v4()) return !is_in(special_v4, address);
  if (translated.contains(address)) return is_public(from_v4(&address.bytes[kMapped.size()]));
  return global_v6.contains(address) && !is_in(special_v6, address);
}

}  // namespace cnclip::fetch
