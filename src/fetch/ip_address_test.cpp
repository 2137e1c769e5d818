#include "fetch/ip_address.h"

#include <gtest/gtest.h>
#include <netinet/in.h>

namespace cnclip::fetch {
namespace {

TEST(IpAddress, PublicOnes) {
  for (const char* text : {"1.1.1.1",          "8.8.8.8",
                           "9.255.255.255",    "11.0.0.0",
                           "100.63.255.255",   "100.128.0.0",
                           "126.255.255.255",  "128.0.0.0",
                           "168.63.129.15",    "169.253.255.255",
                           "169.255.0.0",      "172.15.255.255",
                           "172.32.0.0",       "192.0.1.0",
                           "192.0.3.0",        "192.167.255.255",
                           "192.169.0.0",      "198.17.255.255",
                           "198.20.0.0",       "203.0.112.255",
                           "223.255.255.255",  "::ffff:8.8.8.8",
                           "64:ff9b::8.8.8.8", "2001:200::1",
                           "2400:3200::1",     "2606:4700:4700::1111",
                           "2a00::1",          "3ffe::1"}) {
    EXPECT_TRUE(is_public(parse_ip_address(text).value())) << text;
  }
}

TEST(IpAddress, NotPublicOnes) {
  for (const char* text :
       {"0.0.0.0", "0.1.2.3", "10.0.0.0", "10.255.255.255", "100.64.0.0", "100.100.100.200", "100.127.255.255",
        "127.0.0.1", "127.255.255.255", "168.63.129.16", "169.254.0.0", "169.254.169.254", "172.16.0.0",
        "172.31.255.255", "192.0.0.1", "192.0.0.192", "192.0.2.1", "192.88.99.1", "192.168.0.1", "192.168.255.255",
        "198.18.0.0", "198.19.255.255", "198.51.100.1", "203.0.113.1", "224.0.0.1", "239.255.255.255", "240.0.0.1",
        "255.255.255.255",
        // Of IPv6, and IPv4 in each of its guises.
        "::", "::1", "::ffff:127.0.0.1", "::ffff:7f00:1", "::ffff:10.0.0.1", "::ffff:169.254.169.254", "::127.0.0.1",
        "::ffff:0:127.0.0.1", "64:ff9b::127.0.0.1", "64:ff9b::a9fe:a9fe", "64:ff9b:1::1.1.1.1", "100::1", "2001::1",
        "2001:0:7f00:1::", "2001:20::1", "2001:db8::1", "2002:7f00:1::", "2002:808:808::1", "3fff::1", "4000::1",
        "5f00::1", "fc00::1", "fd00:ec2::254", "fdff::1", "fe80::1", "febf::1", "fec0::1", "ff02::1"}) {
    EXPECT_FALSE(is_public(parse_ip_address(text).value())) << text;
  }
}

TEST(IpAddress, OtherWaysToWriteOneAreNone) {
  for (const char* text :
       {"", "127.1", "127.0.0.1.", "0177.0.0.1", "0x7f.0.0.1", "2130706433", "1.2.3.256", "1.2.3.4.5", "01.2.3.4",
        " 1.2.3.4", "1.2.3.4:80", "[::1]", "fe80::1%eth0", ":::", "::ffff:127.1", "localhost"}) {
    EXPECT_FALSE(parse_ip_address(text)) << text;
  }
}

TEST(IpAddress, ToTheSocketAndBack) {
  for (const char* text : {"192.0.2.7", "2001:db8::7"}) {
    sockaddr_storage socket_address;
    const IpAddress address = parse_ip_address(text).value();
    address.to_socket_address(8080, socket_address);
    EXPECT_EQ(ip_address_of(reinterpret_cast<const sockaddr&>(socket_address)), address);
    EXPECT_EQ(address.text(), text);
  }
  sockaddr_storage socket_address;
  EXPECT_EQ(parse_ip_address("::ffff:192.0.2.7")->to_socket_address(1, socket_address), sizeof(sockaddr_in));
  EXPECT_EQ(socket_address.ss_family, AF_INET);
}

TEST(Networks, HoldTheirAddressesAndNoOthers) {
  const auto holds = [](const char* network, const char* address) {
    return parse_network(network).value().contains(parse_ip_address(address).value());
  };
  EXPECT_TRUE(holds("10.0.0.0/8", "10.255.0.1"));
  EXPECT_TRUE(holds("10.0.0.0/8", "::ffff:10.1.1.1"));
  EXPECT_FALSE(holds("10.0.0.0/8", "11.0.0.0"));
  EXPECT_FALSE(holds("0.0.0.0/0", "::1"));
  EXPECT_TRUE(holds("172.16.0.0/12", "172.31.255.255"));
  EXPECT_FALSE(holds("172.16.0.0/12", "172.32.0.0"));
  EXPECT_TRUE(holds("127.0.0.1", "127.0.0.1"));
  EXPECT_FALSE(holds("127.0.0.1", "127.0.0.2"));
  EXPECT_TRUE(holds("fd00::/8", "fd12::1"));
  EXPECT_FALSE(holds("fd00::/8", "fc00::1"));
  for (const char* text :
       {"", "10.0.0.0/", "10.0.0.0/33", "10.0.0.0/-1", "10.0.0.0/8x", "10.0.0.1/8", "::/129", "a/8", "/8"}) {
    EXPECT_FALSE(parse_network(text)) << text;
  }
}

}  // namespace
}  // namespace cnclip::fetch
