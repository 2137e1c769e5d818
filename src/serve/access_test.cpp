#include "serve/access.h"

#include <gtest/gtest.h>

#include "cnclip/error.h"

namespace cnclip::serve {
namespace {

TEST(ApiKeys, AllowWhatStandsInTheFile) {
  const ApiKeys keys("# ours\n0123456789abcdef\r\n\nsk-another-key-of-ours\n", "keys.txt");
  EXPECT_FALSE(keys.none());
  EXPECT_TRUE(keys.allows("Bearer 0123456789abcdef"));
  EXPECT_TRUE(keys.allows("Bearer sk-another-key-of-ours"));
  for (const char* wrong : {"", "Bearer", "Bearer ", "Bearer 0123456789abcde", "Bearer 0123456789abcdef ",
                            "bearer 0123456789abcdef", "0123456789abcdef", "Basic 0123456789abcdef", "Bearer # ours"}) {
    EXPECT_FALSE(keys.allows(wrong)) << wrong;
  }
}

TEST(ApiKeys, NoKeysAllowNobody) {
  EXPECT_TRUE(ApiKeys("# none\n", "f").none());
  EXPECT_FALSE(ApiKeys().allows("Bearer "));
}

TEST(ApiKeys, WeakOnesAreRefusedWithoutBeingTold) {
  for (const char* lines : {"long-enough-to-pass-for-one\nshort", "0123456789abcdef g", "0123456789abcdef\xff"}) {
    try {
      const ApiKeys keys(lines, "keys.txt");
      FAIL() << lines;
    } catch (const Error& error) {
      EXPECT_EQ(error.category(), ErrorCategory::usage);
      EXPECT_EQ(std::string(error.what()).find("short"), std::string::npos);
    }
  }
}

TEST(Hosts, OfThisMachine) {
  for (const char* host :
       {"localhost", "localhost:8080", "127.0.0.1", "127.0.0.1:1", "127.9.9.9", "[::1]", "[::1]:80"}) {
    EXPECT_TRUE(is_loopback_host(host)) << host;
  }
  for (const char* host : {"", "evil.example", "evil.example:8080", "127.0.0.1.evil.example", "localhost.evil.example",
                           "10.0.0.1", "[::2]", "[::1", "[::1]x", "0.0.0.0", "localhost@evil.example"}) {
    EXPECT_FALSE(is_loopback_host(host)) << host;
  }
}

TEST(Hosts, OfPages) {
  EXPECT_TRUE(is_origin_of("http://127.0.0.1:8080", "127.0.0.1:8080"));
  EXPECT_TRUE(is_origin_of("https://Clip.example", "clip.example"));
  for (const char* origin : {"null", "", "http://evil.example", "http://clip.example:81",
                             "http://clip.example.evil.example", "clip.example", "http://clip.example/"}) {
    EXPECT_FALSE(is_origin_of(origin, "clip.example")) << origin;
  }
}

}  // namespace
}  // namespace cnclip::serve
