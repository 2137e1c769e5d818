// Where things may be fetched from.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "fetch/url.h"

namespace cnclip::fetch {

// A list of what its owner has named. A name does not make its addresses good: who gives it its addresses may be
// somebody else. So a host is asked where it is named, or `*` is, and where its address is public or is named itself.
// Ports are those of the schemes, where no other is named.
//
//   pictures.example, minio:9000           this host, at public addresses and at those named
//   *                                      any host
//   10.1.2.3:9000, [fd00::7], 10.0.0.0/8   these addresses, private ones too
class Sources {
 public:
  Sources() = default;
  // Throws usage for what is none of these.
  explicit Sources(const std::vector<std::string>& names);

  bool none() const { return all_.empty(); }
  bool allow_host(const Url& url) const;
  bool allow_address(const Url& url, const IpAddress& address) const;  // one that the host has

 private:
  struct Source {
    std::string name;                // "*", a host, or empty
    std::optional<Network> network;  // where `name` is empty
    std::optional<int> port;

    bool has_port_of(const Url& url) const { return port ? url.port == *port : url.has_own_port(); }
  };
  std::vector<Source> all_;
};

}  // namespace cnclip::fetch
