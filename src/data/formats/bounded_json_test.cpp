#include "data/formats/bounded_json.h"

#include <gtest/gtest.h>

namespace cnclip {
namespace {

TEST(BoundedJson, RecordsAreParsed) {
  EXPECT_EQ(parse_bounded_json(R"({"a": ["[[[", "\"[", {"b": 1}]})")["a"][2]["b"], 1);
  EXPECT_TRUE(parse_bounded_json("{").is_discarded());
  EXPECT_TRUE(parse_bounded_json("").is_discarded());
}

TEST(BoundedJson, NestingEndsSomewhere) {
  const auto nested = [](std::size_t depth) { return std::string(depth, '[') + std::string(depth, ']'); };
  EXPECT_FALSE(parse_bounded_json(nested(64)).is_discarded());
  EXPECT_TRUE(parse_bounded_json(nested(65)).is_discarded());
  EXPECT_TRUE(parse_bounded_json("{\"text_id\": " + nested(200'000) + ", \"text\": \"x\"}").is_discarded());
  // Neighbours do not add up.
  std::string flat = "[[]";
  for (int i = 0; i < 100; ++i) flat += ",[[]]";
  EXPECT_FALSE(parse_bounded_json(flat + "]").is_discarded());
}

}  // namespace
}  // namespace cnclip
