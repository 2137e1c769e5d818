#include "clean/rows.h"

#include <gtest/gtest.h>

#include <vector>

#include "base/file.h"
#include "cnclip/error.h"

namespace cnclip::clean {
namespace {

namespace fs = std::filesystem;

std::vector<Row> rows_of(const std::string& name, const std::string& content) {
  const fs::path file = fs::temp_directory_path() / ("cnclip_rows_test" + name);
  write_file(file, content);
  std::vector<Row> rows;
  const auto source = name == "_texts.jsonl" ? open_pairs(file) : open_rows(file);
  std::string whole = source->header();
  while (auto row = source->next()) {
    whole += row->raw;
    rows.push_back(std::move(*row));
  }
  EXPECT_TRUE(whole == content || name == "_texts.jsonl");  // nothing is lost between rows
  const auto again = name == "_texts.jsonl" ? open_pairs(file) : open_rows(file);
  std::size_t skipped = 0;
  while (again->skip()) ++skipped;
  EXPECT_EQ(skipped, rows.size());
  fs::remove(file);
  return rows;
}

TEST(Rows, Csv) {
  const auto rows = rows_of(".csv", "\ufeffurl,caption\r\nu1,红花\nu2,\"一朵,\"\"大\"\"\n花\"\nonly one\nu3,\nu4,末行");
  ASSERT_EQ(rows.size(), 5u);
  EXPECT_EQ(rows[0].picture, "u1");
  EXPECT_EQ(rows[0].caption, "红花");
  EXPECT_EQ(rows[1].caption, "一朵,\"大\"\n花");
  EXPECT_TRUE(rows[2].broken);
  EXPECT_FALSE(rows[3].broken);
  EXPECT_EQ(rows[3].caption, "");
  EXPECT_EQ(rows[4].caption, "末行");
}

TEST(Rows, Tsv) {
  const auto rows = rows_of(".tsv", "text\tn\n\"红\"花\t1\n少\n");
  ASSERT_EQ(rows.size(), 2u);
  EXPECT_EQ(rows[0].caption, "\"红\"花");
  EXPECT_EQ(rows[0].picture, "");
  EXPECT_TRUE(rows[1].broken);
}

TEST(Rows, Jsonl) {
  const auto rows =
      rows_of(".jsonl", "{\"caption\":\"红花\",\"url\":\"u\"}\n[]\n{\"text\":3}\n{\"text\":\"\\u7ea2\"}\n\nx");
  ASSERT_EQ(rows.size(), 6u);
  EXPECT_EQ(rows[0].caption, "红花");
  EXPECT_EQ(rows[0].picture, "u");
  EXPECT_EQ(rows[3].caption, "红");
  for (const int broken : {1, 2, 4, 5}) EXPECT_TRUE(rows[static_cast<std::size_t>(broken)].broken) << broken;
}

TEST(Rows, Lines) {
  const auto rows = rows_of(".txt", "红花\r\n\n绿叶");
  ASSERT_EQ(rows.size(), 3u);
  EXPECT_EQ(rows[0].caption, "红花");
  EXPECT_EQ(rows[1].caption, "");
  EXPECT_EQ(rows[2].caption, "绿叶");
  EXPECT_TRUE(rows_of(".txt", "").empty());
}

TEST(Rows, PairsHaveARowForEveryPicture) {
  const auto rows =
      rows_of("_texts.jsonl",
              "{\"text_id\":1,\"text\":\"红花\",\"image_ids\":[7,\"8\"]}\n{\"text_id\":2,\"text\":\"绿叶\","
              "\"image_ids\":[]}\n{\"text\":\"无\"}\n");
  ASSERT_EQ(rows.size(), 4u);
  EXPECT_EQ(rows[0].picture, "7");
  EXPECT_EQ(rows[1].picture, "8");
  EXPECT_EQ(rows[0].line, rows[1].line);
  EXPECT_EQ(rows[2].picture, "");
  EXPECT_FALSE(rows[2].broken);
  EXPECT_TRUE(rows[3].broken);
}

// A value that deep would take more stack than there is, once something copies or writes it.
TEST(Rows, JsonDeeperThanAnyRecordIsBroken) {
  const std::string deep = std::string(400'000, '[') + std::string(400'000, ']');
  for (const std::string field : {"image_ids", "other"}) {
    const std::string line = "{\"text\":\"红花\",\"image_ids\":[1],\"" + field + "\":[" + deep + "]}\n";
    for (const char* name : {".jsonl", "_texts.jsonl"}) {
      const auto rows = rows_of(name, line);
      ASSERT_EQ(rows.size(), 1u);
      EXPECT_TRUE(rows[0].broken) << name << ' ' << field;
    }
  }
}

TEST(Rows, TablesNeedTheirNames) {
  EXPECT_THROW(rows_of(".csv", ""), Error);
  EXPECT_THROW(rows_of(".csv", "a,b\n1,2\n"), Error);
}

TEST(Rows, AQuoteThatNeverClosesIsOneErrorAndQuick) {
  EXPECT_THROW(rows_of(".csv", "caption\n\"" + std::string(3 << 20, '\n')), Error);
}

}  // namespace
}  // namespace cnclip::clean
