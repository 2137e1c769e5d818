#include "base/recently_used.h"

#include <gtest/gtest.h>

#include <memory>
#include <string>

namespace cnclip {
namespace {

TEST(RecentlyUsed, LetsGoWhatWasUsedLongestAgo) {
  RecentlyUsed<std::string, std::shared_ptr<int>> kept(2);
  kept["a"] = std::make_shared<int>(1);
  kept["b"] = std::make_shared<int>(2);
  const std::weak_ptr<int> a = kept["a"], b = kept["b"];
  EXPECT_EQ(*kept["a"], 1);
  EXPECT_EQ(kept["c"], nullptr);
  EXPECT_EQ(kept.size(), 2u);
  EXPECT_FALSE(a.expired());
  EXPECT_TRUE(b.expired());
  EXPECT_EQ(kept["b"], nullptr);  // in the place of a
  EXPECT_TRUE(a.expired());
}

}  // namespace
}  // namespace cnclip
