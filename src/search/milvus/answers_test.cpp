#include "search/milvus/answers.h"

#include <gtest/gtest.h>

#include "base/test_errors.h"

namespace cnclip::search {
namespace {

TEST(MilvusAnswers, BothVersionsSayWhenAllWentWell) {
  EXPECT_EQ(milvus_data(R"({"code":200,"data":[1]})").size(), 1u);
  EXPECT_EQ(milvus_data(R"({"code":0,"data":[1]})").size(), 1u);
  EXPECT_TRUE(milvus_data(R"({"code":0})").is_null());
  const std::string said = message_of([] { milvus_data(R"({"code":1100,"message":"no \"such\" field\n"})"); });
  EXPECT_EQ(said, "the server refuses: no %22such%22 field%0A (code 1100)");
}

TEST(MilvusAnswers, WhatIsNoAnswerIsRefused) {
  for (const char* wrong :
       {"", "404 page not found", "{", "[]", "7", R"({"data":[]})", R"({"code":"x"})", "\xff\xfe"}) {
    EXPECT_EQ(category_of([&] { milvus_data(wrong); }), ErrorCategory::bad_input) << wrong;
  }
}

TEST(MilvusAnswers, ACollectionHasItsWidthInEitherPlace) {
  const auto v1 =
      read_collection(R"~({"code":200,"data":{"description":"d","fields":[{"name":"entity","type":"Int64"},)~"
                      R"~({"name":"vector","type":"FloatVector(512)"}]}})~");
  ASSERT_TRUE(v1);
  EXPECT_EQ(v1->width, 512);
  EXPECT_EQ(v1->description, "d");
  const auto v2 =
      read_collection(R"({"code":0,"data":{"description":"","fields":[{"name":"vector","type":"FloatVector",)"
                      R"("params":[{"key":"dim","value":"64"}]}]}})");
  ASSERT_TRUE(v2);
  EXPECT_EQ(v2->width, 64);
  EXPECT_FALSE(read_collection(R"({"code":100,"message":"can't find collection"})"));
  EXPECT_EQ(read_collection(R"({"code":0,"data":{"description":"","fields":[]}})")->width, 0);
  for (const char* type : {"FloatVector", "FloatVector(", "FloatVector()", "FloatVector(x)", "("}) {
    const std::string answer =
        std::string(R"({"code":0,"data":{"description":"","fields":[{"name":"vector","type":")") + type + "\"}]}}";
    EXPECT_EQ(category_of([&] { read_collection(answer); }), ErrorCategory::bad_input) << type;
  }
}

TEST(MilvusAnswers, HitsAreInOrderAndEachOnce) {
  const auto hits =
      read_hits(R"({"code":0,"data":[{"distance":0.5,"row":7},{"distance":0.75,"row":"9007199254740993"},)"
                R"({"distance":0.5,"row":3},{"distance":0.25,"row":7},{"distance":1,"row":1}]})",
                "row");
  ASSERT_EQ(hits.size(), 4u);
  EXPECT_EQ(hits[0].row, 1);
  EXPECT_EQ(hits[1].row, 9007199254740993);
  EXPECT_EQ(hits[1].product, 0.75f);
  EXPECT_EQ(hits[2].row, 3);
  EXPECT_EQ(hits[3].row, 7);
  EXPECT_EQ(hits[3].product, 0.5f);
  for (const char* wrong :
       {R"({"code":0,"data":{}})", R"({"code":0,"data":[3]})", R"({"code":0,"data":[{"row":1}]})",
        R"({"code":0,"data":[{"row":1,"distance":"x"}]})", R"({"code":0,"data":[{"row":1,"distance":1e99}]})",
        R"({"code":0,"data":[{"row":1.5,"distance":1}]})"}) {
    EXPECT_EQ(category_of([&] { read_hits(wrong, "row"); }), ErrorCategory::bad_input) << wrong;
  }
}

TEST(MilvusAnswers, VectorsComeBackAsTheyWent) {
  const float exact = 0.99999994f;
  const std::string answer =
      MilvusJson({{"code", 0}, {"data", MilvusJson::array({{{"row", 5}, {"vector", {exact, -1e-7f}}}})}}).dump();
  const auto vectors = read_vectors(answer, "row", 2);
  ASSERT_EQ(vectors.size(), 1u);
  EXPECT_EQ(vectors[0].first, 5);
  EXPECT_EQ(vectors[0].second, (std::vector<float>{exact, -1e-7f}));
  EXPECT_EQ(category_of([&] { read_vectors(answer, "row", 3); }), ErrorCategory::bad_input);
  for (const char* wrong :
       {R"({"code":0,"data":[{"row":1,"vector":[0.5,0]}]})", R"({"code":0,"data":[{"row":1,"vector":[1,1e39]}]})",
        R"({"code":0,"data":[{"row":1,"vector":["1",0]}]})"}) {
    EXPECT_EQ(category_of([&] { read_vectors(wrong, "row", 2); }), ErrorCategory::bad_input) << wrong;
  }
  EXPECT_EQ(category_of([&] { read_vectors(answer, "content", 2); }), ErrorCategory::bad_input);
}

TEST(MilvusAnswers, TakenIsCountedByEitherName) {
  EXPECT_EQ(read_taken(R"({"code":200,"data":{"insertCount":2,"insertIds":["4","5"]}})"), 2);
  EXPECT_EQ(read_taken(R"({"code":0,"data":{"upsertCount":3,"upsertIds":[1,2,3]}})"), 3);
  EXPECT_EQ(category_of([] { read_taken(R"({"code":0,"data":{}})"); }), ErrorCategory::bad_input);
}

}  // namespace
}  // namespace cnclip::search
