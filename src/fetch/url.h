// Addresses of the web.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "fetch/ip_address.h"

namespace cnclip::fetch {

struct Url {
  bool tls = false;                  // https
  std::string host;                  // a name in lower case, or an IP address without brackets
  std::optional<IpAddress> address;  // where the host is one
  int port = 80;
  std::string target = "/";  // path and query

  bool has_own_port() const { return port == (tls ? 443 : 80); }  // of its scheme
  std::string host_header() const;
};

bool is_web_address(std::string_view text);  // it begins with http:// or https://

// Throws FetchError (address) for what is not plain: names and passwords, other characters than visible ASCII, hosts
// that are numbers and no IP address (127.1, 0x7f000001), over 2048 bytes. What follows # is for browsers, and dropped.
Url parse_url(std::string_view text);

}  // namespace cnclip::fetch
