#include "data/formats/parquet_table.h"

#include <arrow/builder.h>
#include <arrow/io/file.h>
#include <arrow/table.h>
#include <gtest/gtest.h>
#include <parquet/arrow/writer.h>

#include "base/file.h"
#include "base/test_folder.h"
#include "cnclip/error.h"

namespace cnclip {
namespace {

namespace fs = std::filesystem;

class ParquetTableTest : public ::testing::Test {
 protected:
  // Rows first, first + 1, …: an address, a text (null for multiples of 5), a width; in row groups of 3.
  fs::path put(const std::string& name, int first, int rows) const {
    arrow::StringBuilder urls, texts;
    arrow::Int32Builder widths;
    for (int i = first; i < first + rows; ++i) {
      EXPECT_TRUE(urls.Append("u" + std::to_string(i)).ok());
      EXPECT_TRUE((i % 5 == 0 ? texts.AppendNull() : texts.Append("t" + std::to_string(i))).ok());
      EXPECT_TRUE(widths.Append(i).ok());
    }
    const auto schema = arrow::schema({arrow::field("URL", arrow::utf8()), arrow::field("Text", arrow::utf8()),
                                       arrow::field("WIDTH", arrow::int32())});
    const auto table = arrow::Table::Make(
        schema, {urls.Finish().ValueOrDie(), texts.Finish().ValueOrDie(), widths.Finish().ValueOrDie()});
    const auto out = arrow::io::FileOutputStream::Open((folder_ / name).string()).ValueOrDie();
    EXPECT_TRUE(parquet::arrow::WriteTable(*table, arrow::default_memory_pool(), out, 3).ok());
    EXPECT_TRUE(out->Close().ok());
    return folder_ / name;
  }

  TestFolder folder_;
};

TEST_F(ParquetTableTest, RowsOfAllPartsAreFoundAgain) {
  put("b.parquet", 7, 4);
  put("a.parquet", 0, 7);
  const auto table = open_caption_table(folder_);
  std::vector<TableRow> rows;
  while (auto row = table->next()) rows.push_back(std::move(*row));
  ASSERT_EQ(rows.size(), 11u);
  for (std::size_t i = 0; i < rows.size(); ++i) {
    const std::string number = std::to_string(i);
    EXPECT_EQ(rows[i].url, "u" + number);
    EXPECT_EQ(rows[i].metadata["width"], i);
    EXPECT_EQ(rows[i].error.empty(), i % 5 != 0);
    EXPECT_EQ(rows[i].caption.value_or("null"), i % 5 != 0 ? "t" + number : "null");
    EXPECT_EQ(table->at(rows[i].place).url, rows[i].url);
  }
  EXPECT_EQ(rows[10].error, (folder_ / "b.parquet").string() + ": row 4: no caption");
  for (const std::size_t i : {9u, 2u, 3u, 1u, 8u, 0u}) EXPECT_EQ(table->at(rows[i].place).url, rows[i].url);
  EXPECT_THROW(table->at(rows[10].place + 1), Error);
}

TEST_F(ParquetTableTest, EveryCutIsAnError) {
  const std::string whole = read_file(put("a.parquet", 1, 4));
  const fs::path cut = folder_ / "cut.parquet";
  for (std::size_t size = 0; size < whole.size(); size += 7) {
    write_file(cut, whole.substr(0, size));
    try {
      open_caption_table(cut);
      FAIL() << size;
    } catch (const Error& error) {
      EXPECT_EQ(error.category(), ErrorCategory::bad_input);
      EXPECT_TRUE(std::string(error.what()).starts_with(cut.string())) << error.what();
    }
  }
}

TEST_F(ParquetTableTest, RowsThatAreClaimedAndNotThereAreAnError) {
  const fs::path path = put("a.parquet", 1, 1);
  std::string file = read_file(path);
  // The last i64 of value 1 in the footer that follows a field header is the row group's num_rows (zigzag 2).
  const std::size_t footer = file.find("schema", 4);
  ASSERT_NE(footer, std::string::npos);
  bool claimed = false;
  for (std::size_t at = file.size() - 8; at > footer && !claimed; --at) {
    if (file[at - 1] != '\x16' || file[at] != '\x02') continue;
    std::string more = file;
    more[at] = '\x7e';  // 63 rows
    write_file(path, more);
    try {
      const auto table = open_caption_table(path);
      while (table->next()) continue;
    } catch (const Error& error) {
      EXPECT_TRUE(std::string(error.what()).starts_with(path.string())) << error.what();
      claimed = std::string(error.what()).find("the row group claims 63") != std::string::npos;
    }
  }
  EXPECT_TRUE(claimed);
}

}  // namespace
}  // namespace cnclip
