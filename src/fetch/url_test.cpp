#include "fetch/url.h"

#include <gtest/gtest.h>

#include "fetch/failure.h"

namespace cnclip::fetch {
namespace {

TEST(Url, ItsParts) {
  const Url url = parse_url("HTTPS://Pictures.Example.:8443/a/b.jpg?w=1#top");
  EXPECT_TRUE(url.tls);
  EXPECT_EQ(url.host, "pictures.example");
  EXPECT_FALSE(url.address);
  EXPECT_EQ(url.port, 8443);
  EXPECT_EQ(url.target, "/a/b.jpg?w=1");
  EXPECT_EQ(url.host_header(), "pictures.example:8443");
  EXPECT_EQ(parse_url("http://a").target, "/");
  EXPECT_EQ(parse_url("http://a?b").target, "/?b");
  EXPECT_EQ(parse_url("http://a:80/").host_header(), "a");
  EXPECT_EQ(parse_url("https://a:80/").host_header(), "a:80");
  EXPECT_EQ(parse_url("http://my_host-1/@:80").host, "my_host-1");
  EXPECT_EQ(parse_url("http://127.0.0.1:8080/").address, parse_ip_address("127.0.0.1"));
  const Url v6 = parse_url("https://[2001:DB8::1]:444/x");
  EXPECT_EQ(v6.address, parse_ip_address("2001:db8::1"));
  EXPECT_EQ(v6.host_header(), "[2001:db8::1]:444");
  EXPECT_EQ(parse_url("http://[::1]").host_header(), "[::1]");
}

TEST(Url, WhatIsNotPlainIsRefused) {
  for (const std::string& text : std::vector<std::string>{"",
                                                          "a.jpg",
                                                          "ftp://a/",
                                                          "file:///etc/passwd",
                                                          "http:/a",
                                                          "//a/b",
                                                          "http://",
                                                          "http:///b",
                                                          "http://:80/",
                                                          "http://?a",
                                                          "http://u@a/",
                                                          "http://u:p@a/",
                                                          "http://a@127.0.0.1/",
                                                          "http://a:b@127.0.0.1:80/",
                                                          "http://a\\@b/",
                                                          "http://a b/",
                                                          "http://a/b c",
                                                          "http://a/\r\nX: y",
                                                          std::string("http://a/\0", 10),
                                                          "http://猫.example/",
                                                          "http://a/猫",
                                                          "http://a%2eb/",
                                                          "http://a..b/",
                                                          "http://.a/",
                                                          "http://-a/",
                                                          "http://a,b/",
                                                          "http://a:/",
                                                          "http://a:0/",
                                                          "http://a:65536/",
                                                          "http://a:+1/",
                                                          "http://a:1:2/",
                                                          "http://::1/",
                                                          "http://[::1/",
                                                          "http://[::1]x/",
                                                          "http://[a]/",
                                                          "http://[127.0.0.1]/",
                                                          "http://[fe80::1%25eth0]/",
                                                          "http://127.1/",
                                                          "http://127.0.0.1.1/",
                                                          "http://2130706433/",
                                                          "http://0177.0.0.1/",
                                                          "http://0x7f.1/",
                                                          "http://0x7f000001/",
                                                          "http://a.0x1/",
                                                          "http://1.2.3.256/",
                                                          "http://" + std::string(254, 'a') + "/",
                                                          "http://a/" + std::string(2048, 'a')}) {
    try {
      parse_url(text);
      ADD_FAILURE() << text;
    } catch (const FetchError& error) {
      EXPECT_EQ(error.failure(), Failure::address) << text;
    }
  }
}

}  // namespace
}  // namespace cnclip::fetch
