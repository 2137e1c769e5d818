// Who may ask: API keys, and the Host header of servers that listen on this machine only.
#pragma once

#include <array>
#include <string>
#include <string_view>
#include <vector>

namespace cnclip::serve {

// Never changes once made: any thread may ask.
class ApiKeys {
 public:
  ApiKeys() = default;
  // One a line; empty lines and those that begin with # are none. Throws usage for one shorter than 16 characters or
  // with other than printable ASCII, naming the line and not the key.
  ApiKeys(std::string_view lines, const std::string& from);

  bool none() const { return hashes_.empty(); }
  // `authorization`: the header, "Bearer KEY". Takes equally long whatever is right in it.
  bool allows(std::string_view authorization) const;

 private:
  std::vector<std::string> hashes_;
};

// A page of the web can have its own name stand for 127.0.0.1 and ask through a visitor's browser: then Host is that
// name. True for loopback addresses and localhost, with any port.
bool is_loopback_host(std::string_view host_header);
bool is_loopback_address(std::string_view host);  // that the server is bound to

// Whether the page that `origin` (a header: "https://clip.example") tells of came from the server that `host` names.
bool is_origin_of(std::string_view origin, std::string_view host_header);

}  // namespace cnclip::serve
