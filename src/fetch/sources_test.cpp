#include "fetch/sources.h"

#include <gtest/gtest.h>

#include "cnclip/error.h"

namespace cnclip::fetch {
namespace {

// What becomes of the address where its host turns out to be at `ip`.
std::string allowed(const std::vector<std::string>& names, const char* address, const char* ip) {
  const Sources sources(names);
  const Url url = parse_url(address);
  if (!sources.allow_host(url)) return "no host";
  return sources.allow_address(url, parse_ip_address(ip).value()) ? "yes" : "no address";
}

TEST(Sources, WhatIsNamedAndNothingElse) {
  struct Case {
    std::vector<std::string> names;
    const char *url, *ip, *wanted;
  };
  const Case cases[] = {
      {{}, "http://a.example/", "8.8.8.8", "no host"},
      {{"a.example"}, "http://a.example/", "8.8.8.8", "yes"},
      {{"A.Example."}, "https://a.example/", "8.8.8.8", "yes"},
      {{"a.example"}, "http://b.example/", "8.8.8.8", "no host"},
      {{"a.example"}, "http://x.a.example/", "8.8.8.8", "no host"},
      {{"a.example"}, "http://a.example.evil.example/", "8.8.8.8", "no host"},
      {{"a.example"}, "http://8.8.8.8/", "8.8.8.8", "no host"},
      {{"a.example"}, "http://a.example/", "10.0.0.1", "no address"},
      {{"a.example"}, "http://a.example:8080/", "8.8.8.8", "no host"},
      {{"a.example"}, "http://a.example:443/", "8.8.8.8", "no host"},
      {{"a.example:8080"}, "http://a.example:8080/", "8.8.8.8", "yes"},
      {{"a.example:8080"}, "http://a.example/", "8.8.8.8", "no host"},
      {{"a.example:80"}, "https://a.example/", "8.8.8.8", "no host"},
      // Any host.
      {{"*"}, "https://a.example/", "8.8.8.8", "yes"},
      {{"*"}, "http://8.8.8.8/", "8.8.8.8", "yes"},
      {{"*"}, "http://a.example:22/", "8.8.8.8", "no host"},
      {{"*"}, "http://a.example/", "127.0.0.1", "no address"},
      {{"*"}, "http://a.example/", "169.254.169.254", "no address"},
      {{"*"}, "http://127.0.0.1/", "127.0.0.1", "no address"},
      {{"*"}, "http://[::ffff:10.0.0.1]/", "::ffff:10.0.0.1", "no address"},
      {{"*"}, "http://localhost/", "::1", "no address"},
      // Addresses and networks, private ones too.
      {{"127.0.0.1:9000"}, "http://127.0.0.1:9000/", "127.0.0.1", "yes"},
      {{"127.0.0.1:9000"}, "http://127.0.0.1/", "127.0.0.1", "no host"},
      {{"127.0.0.1"}, "http://localhost/", "127.0.0.1", "no host"},
      {{"127.0.0.1", "localhost"}, "http://localhost/", "127.0.0.1", "yes"},
      {{"127.0.0.1:9000", "*"}, "http://a.example/", "127.0.0.1", "no address"},
      {{"10.0.0.0/8"}, "http://10.1.2.3/", "10.1.2.3", "yes"},
      {{"10.0.0.0/8"}, "http://10.1.2.3:9000/", "10.1.2.3", "no host"},
      {{"10.0.0.0/8"}, "http://11.1.2.3/", "11.1.2.3", "no host"},
      {{"10.0.0.0/8", "nas.lan"}, "http://nas.lan/", "10.1.2.3", "yes"},
      {{"10.0.0.0/8", "nas.lan:9000"}, "http://nas.lan:9000/", "10.1.2.3", "yes"},
      {{"10.0.0.0/8", "nas.lan:9000"}, "http://10.1.2.3:9000/", "10.1.2.3", "no host"},
      {{"10.1.2.3:80", "nas.lan:9000"}, "http://nas.lan:9000/", "10.1.2.3", "no address"},
      {{"10.0.0.0/8", "nas.lan"}, "http://nas.lan/", "192.168.1.1", "no address"},
      {{"[fd00::7]:9000"}, "http://[fd00::7]:9000/", "fd00::7", "yes"},
      {{"fd00::7"}, "https://[fd00::7]/", "fd00::7", "yes"},
      {{"[fd00::7]"}, "https://[fd00::8]/", "fd00::8", "no host"},
  };
  for (const auto& [names, url, ip, wanted] : cases) {
    EXPECT_EQ(allowed(names, url, ip), wanted) << (names.empty() ? "" : names[0]) << " " << url << " " << ip;
  }
}

TEST(Sources, WhatIsNoneIsRefused) {
  for (const char* name : {"", "http://a.example", "a.example/", "a.example/b", "u@a", "*.example", "*:80", "a:b", "a?",
                           "a#", "127.1", "10.0.0.1/8", "10.0.0.0/33", "猫.example"}) {
    try {
      Sources({name});
      ADD_FAILURE() << name;
    } catch (const Error& error) {
      EXPECT_EQ(error.category(), ErrorCategory::usage) << name;
      EXPECT_TRUE(std::string(error.what()).starts_with(std::string(name) + ": ")) << error.what();
    }
  }
}

}  // namespace
}  // namespace cnclip::fetch
