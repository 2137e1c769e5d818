#include "fetch/sources.h"

#include <algorithm>

#include "base/error.h"
#include "fetch/failure.h"

namespace cnclip::fetch {

Sources::Sources(const std::vector<std::string>& names) {
  for (const std::string& text : names) {
    Source source;
    if (text == "*") {
      source.name = text;
    } else if (text.find('/') != std::string::npos) {
      source.network = parse_network(text);
      if (!source.network) throw_usage("{}: no network (10.0.0.0/8), host or address", text);
    } else {
      try {
        const bool bare_v6 = parse_ip_address(text) && text.find(':') != std::string::npos;
        const Url url = parse_url(bare_v6 ? "http://[" + text + "]" : "http://" + text);
        if (url.target != "/" || text.find_first_of("?#") != std::string::npos) throw_usage("a path");
        if (url.address) {
          source.network = Network{*url.address, 128};
        } else {
          source.name = url.host;
        }
        // The port of http is no other where https is meant, unless it is written.
        const bool written = !bare_v6 && !text.ends_with(']') && text.find(':') != std::string::npos;
        if (written) source.port = url.port;
      } catch (const Error&) {
        throw_usage("{}: no host, HOST:PORT, address or network to fetch from", text);
      }
    }
    all_.push_back(std::move(source));
  }
}

bool Sources::allow_host(const Url& url) const {
  return std::ranges::any_of(all_, [&](const Source& source) {
    if (!source.has_port_of(url)) return false;
    if (source.network) return url.address && source.network->contains(*url.address);
    return source.name == "*" || source.name == url.host;
  });
}

bool Sources::allow_address(const Url& url, const IpAddress& address) const {
  return is_public(address) || std::ranges::any_of(all_, [&](const Source& source) {
           // Where no port is named, allow_host() has seen to it.
           return source.network && source.port.value_or(url.port) == url.port && source.network->contains(address);
         });
}

}  // namespace cnclip::fetch
