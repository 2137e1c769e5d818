#include "data/formats/csv.h"

#include <gtest/gtest.h>

#include "base/file.h"

namespace cnclip {
namespace {

using Fields = std::vector<std::string>;

TEST(Csv, FieldsAndQuotes) {
  EXPECT_EQ(parse_csv("a,,\"b \"\"c\"\", d\",e\"f", ','), (Fields{"a", "", "b \"c\", d", "e\"f"}));
  EXPECT_EQ(parse_csv("", ','), Fields{""});
  EXPECT_FALSE(parse_csv("a,\"b", ','));
  const Fields fields = {"x,y", "say \"hi\"", "line\nend", "plain", ""};
  EXPECT_EQ(parse_csv(csv_line(fields, ',').substr(0, csv_line(fields, ',').size() - 1), ','), fields);
}

TEST(Csv, AStrayQuoteCostsItsOwnLine) {
  const auto path = std::filesystem::temp_directory_path() / "cnclip_csv_test.csv";
  write_file(path,
             "\xef\xbb\xbf"
             "a,b\r\n1,\"two\nlines\"\r\n\n2,\"stray\n3,three\n");
  CsvReader reader(path, ',');
  std::vector<CsvRecord> records;
  while (auto record = reader.next()) records.push_back(std::move(*record));
  ASSERT_EQ(records.size(), 4u);
  EXPECT_EQ(records[0].fields, (Fields{"a", "b"}));
  EXPECT_EQ(records[1].fields, (Fields{"1", "two\nlines"}));
  EXPECT_EQ(records[2].line, 5u);
  EXPECT_FALSE(records[2].error.empty());
  EXPECT_EQ(records[3].fields, (Fields{"3", "three"}));
  EXPECT_EQ(records[3].line, 6u);
  EXPECT_EQ(reader.at(records[1].offset).fields, records[1].fields);
  std::filesystem::remove(path);
}

}  // namespace
}  // namespace cnclip
