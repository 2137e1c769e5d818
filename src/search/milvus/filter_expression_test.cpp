#include "search/milvus/filter_expression.h"

#include <gtest/gtest.h>

#include "base/test_errors.h"
#include "search/milvus/address.h"
#include "search/milvus/plain_text.h"

namespace cnclip::search {
namespace {

TEST(FilterExpression, IsEmptyWithoutAFilter) {
  EXPECT_EQ(filter_expression({}, {}), "");
}

TEST(FilterExpression, BoundsAndTags) {
  Filter filter;
  filter.modified_from = 1732748000123456789;
  filter.bytes_to = 1000;
  filter.width_from = 640;
  filter.tags = {"猫", "a\"b"};
  filter.without_tags = {"c"};
  EXPECT_EQ(filter_expression(filter, {}),
            "modified >= 1732748000123456789 and bytes <= 1000 and width >= 640 and json_contains(tags, \"猫\") and "
            "json_contains(tags, \"a%22b\") and not json_contains(tags, \"c\")");
}

TEST(FilterExpression, AFolderIsARangeOfPathsInEachSource) {
  const std::vector<LibrarySource> sources = {{1, SourceKind::folder, "/photos", false, ""},
                                              {2, SourceKind::folder, "/photos/2024", false, ""},
                                              {3, SourceKind::list, "/lists/a.txt", false, ""},
                                              {4, SourceKind::folder, "/other", false, ""}};
  Filter filter;
  filter.folder = "/photos/2024/春%";
  EXPECT_EQ(filter_expression(filter, sources),
            "((source == 1 and path >= \"2024/春%25/\" and path < \"2024/春%250\") or "
            "(source == 2 and path >= \"春%25/\" and path < \"春%250\") or "
            "(source == 3 and path >= \"/photos/2024/春%25/\" and path < \"/photos/2024/春%250\"))");
  filter.folder = "/photos";
  EXPECT_EQ(filter_expression(filter, sources),
            "(source == 1 or source == 2 or (source == 3 and path >= \"/photos/\" and path < \"/photos0\"))");
  filter.folder = "/nowhere";
  EXPECT_EQ(filter_expression(filter, {sources[3]}), "row < 0");
}

TEST(PlainText, NeedsNoEscapeAndKeepsPathsApart) {
  EXPECT_EQ(plain_text("a/图 片.jpg"), "a/图 片.jpg");
  EXPECT_EQ(plain_text("\"'\\%\n\x7f"), "%22%27%5C%25%0A%7F");
  EXPECT_EQ(plain_text("\xff\xe5\x9b"), "%FF%E5%9B");  // no UTF-8: each byte by itself
  EXPECT_NE(plain_text("%22"), plain_text("\""));
}

TEST(MilvusAddress, IsReadAndWritten) {
  EXPECT_EQ(parse_milvus_address("milvus://db").server, "http://db:19530");
  EXPECT_EQ(parse_milvus_address("milvus://db").collection, "cnclip");
  const MilvusAddress secure = parse_milvus_address("milvus+https://db.example:443/photos_2");
  EXPECT_EQ(secure.server, "https://db.example:443");
  EXPECT_EQ(secure.text(), "milvus+https://db.example:443/photos_2");
  EXPECT_EQ(parse_milvus_address("milvus://[::1]/x").server, "http://[::1]:19530");
  for (const char* wrong :
       {"", "http://db", "milvus://", "milvus://:1", "milvus://db:0", "milvus://db:x", "milvus://db:70000",
        "milvus://db/1a", "milvus://db/a b", "milvus://d b", "milvus://db/a/b"}) {
    EXPECT_EQ(category_of([&] { parse_milvus_address(wrong); }), ErrorCategory::usage) << wrong;
  }
}

TEST(MilvusAddress, APasswordIsNotRepeated) {
  const std::string said = message_of([] { parse_milvus_address("milvus://root:secret@db"); });
  EXPECT_EQ(said.find("secret"), std::string::npos) << said;
  EXPECT_NE(said.find("CNCLIP_MILVUS_TOKEN"), std::string::npos) << said;
}

}  // namespace
}  // namespace cnclip::search
