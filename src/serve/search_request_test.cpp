#include "serve/search_request.h"

#include <gtest/gtest.h>

#include "serve/api_error.h"
#include "serve/iso_time.h"

namespace cnclip::serve {
namespace {

std::string refused(const std::string& body) {
  try {
    parse_search(parse_json(body, {}), {});
  } catch (const ApiError& error) {
    EXPECT_EQ(error.status(), 400);
    return error.code();
  }
  return "taken";
}

TEST(SearchRequest, EveryFieldIsTaken) {
  const Json body = parse_json(
      R"({"text":"猫","image":"Zm9v","row":7,"image_weight":0.25,"negative":"狗","k":3,"filter":{"folder":"a/b",
          "after":"1970-01-02","before":"1970-01-02","min_bytes":1,"max_bytes":9,"min_width":2,"min_height":3,"tags":["t"]}})",
      {});
  const SearchRequest request = parse_search(body, {});
  EXPECT_EQ(request.text, "猫");
  EXPECT_EQ(request.picture->bytes, "foo");
  EXPECT_EQ(request.row, 7);
  EXPECT_EQ(request.image_weight, 0.25);
  EXPECT_EQ(request.k, 3);
  constexpr std::int64_t kDay = 86'400'000'000'000;
  EXPECT_EQ(request.filter.modified_from, kDay);
  EXPECT_EQ(request.filter.modified_to, 2 * kDay - 1);
  EXPECT_EQ(request.filter.bytes_to, 9);
  EXPECT_EQ(request.filter.width_from, 2);
  EXPECT_EQ(request.filter.tags, std::vector<std::string>{"t"});
}

TEST(SearchRequest, WhatIsWrongIsNamed) {
  EXPECT_EQ(refused(R"({"text":"猫"})"), "taken");
  EXPECT_EQ(refused("{}"), "missing_field");
  EXPECT_EQ(refused(R"({"negative":"猫"})"), "missing_field");
  EXPECT_EQ(refused(R"({"text":"猫","k":0})"), "out_of_range");
  EXPECT_EQ(refused(R"({"text":"猫","k":501})"), "out_of_range");
  EXPECT_EQ(refused(R"({"text":"猫","image_weight":1.1})"), "out_of_range");
  EXPECT_EQ(refused(R"({"row":0})"), "out_of_range");
  EXPECT_EQ(refused(R"({"text":"猫","query":"x"})"), "unknown_field");
  EXPECT_EQ(refused(R"({"text":"猫","filter":{"path":"x"}})"), "unknown_field");
  EXPECT_EQ(refused(R"({"text":"猫","filter":{"tags":"x"}})"), "wrong_type");
  for (const char* date :
       {"2026-02-30", "2026-1-01", "26-01-01", "2026-01-01T00:00", "2026/01/01", "-026-01-01", "9999-01-01", ""}) {
    EXPECT_EQ(refused(R"({"text":"猫","filter":{"after":")" + std::string(date) + R"("}})"), "invalid_date") << date;
  }
}

TEST(IsoTime, OfNanoseconds) {
  EXPECT_EQ(iso_time(0), "1970-01-01T00:00:00Z");
  EXPECT_EQ(iso_time(1'769'860'800'999'999'999), "2026-01-31T12:00:00Z");
  EXPECT_EQ(iso_time(-1), "1969-12-31T23:59:59Z");
}

}  // namespace
}  // namespace cnclip::serve
