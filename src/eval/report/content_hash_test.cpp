#include "eval/report/content_hash.h"

#include <gtest/gtest.h>

#include <array>

namespace cnclip {
namespace {

std::string of(const std::vector<std::array<std::string_view, 2>>& records) {
  ContentHash hash;
  for (const auto& [first, second] : records) hash.add({first, second});
  return hash.hex();
}

TEST(ContentHash, DoesNotDependOnTheOrder) {
  EXPECT_EQ(of({{"a", "1"}, {"b", "2"}}), of({{"b", "2"}, {"a", "1"}}));
}

TEST(ContentHash, DependsOnEveryByteAndEveryRecord) {
  const std::string all = of({{"a", "1"}, {"b", "2"}});
  EXPECT_NE(all, of({{"a", "1"}}));
  EXPECT_NE(all, of({{"a", "2"}, {"b", "1"}}));
  EXPECT_NE(all, of({{"a", "1"}, {"b", "2"}, {"b", "2"}}));
  EXPECT_NE(of({{"ab", "c"}}), of({{"a", "bc"}}));
  EXPECT_EQ(all.size(), 64u);
}

}  // namespace
}  // namespace cnclip
