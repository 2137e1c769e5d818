// Addresses of the internet, their networks, and which of them are public.
#pragma once

#include <sys/socket.h>

#include <array>
#include <cstdint>
#include <optional>
#include <string>

namespace cnclip::fetch {

// IPv4 as the IPv6 address that stands for it (::ffff:a.b.c.d), so that the two forms of one address are equal.
struct IpAddress {
  std::array<std::uint8_t, 16> bytes{};

  bool is_v4() const;
  std::string text() const;
  // As connect() wants it; returns its size.
  socklen_t to_socket_address(int port, sockaddr_storage& address) const;
  bool operator==(const IpAddress&) const = default;
};

// "192.0.2.1" with four decimal numbers, or "2001:db8::1" without brackets or scope.
std::optional<IpAddress> parse_ip_address(const std::string& text);
IpAddress ip_address_of(const sockaddr& address);  // of AF_INET or AF_INET6

struct Network {
  IpAddress first;
  int bits = 128;  // that all of its addresses share

  bool contains(const IpAddress& address) const;
};

// "10.0.0.0/8", "fd00::/8", or an address, which is the network of itself. Nothing for what is none, or has bits set
// behind those that count ("10.0.0.1/8").
std::optional<Network> parse_network(const std::string& text);

// Whether the address is one of the open internet: none of this machine, of private, shared or link-local networks, of
// documentation, multicast or reserved for anything else (registries of special-purpose addresses, RFC 6890), and none
// of IPv6 that stands for such an IPv4 address.
bool is_public(const IpAddress& address);

}  // namespace cnclip::fetch
