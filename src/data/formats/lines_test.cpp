#include "data/formats/lines.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <map>

#include "base/error.h"
#include "base/file.h"
#include "data/formats/base64.h"
#include "data/formats/fingerprint.h"
#include "data/formats/record.h"

namespace cnclip {
namespace {

namespace fs = std::filesystem;

TEST(LineReader, LinesAndTheirPlaces) {
  const auto path = fs::temp_directory_path() / ("cnclip_lines_test_" + std::to_string(::getpid()));
  // Longer than the reader's blocks, so that lines lie across their ends.
  std::string text =
      "\xef\xbb\xbf"
      "first\r\n\n" +
      std::string(700'000, 'a') + "\n";
  for (int i = 0; i < 100'000; ++i) text += std::to_string(i * 7919) + "\n";
  text += "last";
  write_file(path, text);
  LineReader reader(path, 500'000);
  std::size_t number = 0, long_lines = 0;
  std::map<std::uint64_t, std::string> sampled;
  std::string previous;
  while (const auto line = reader.next()) {
    EXPECT_EQ(line->number, ++number);
    long_lines += line->too_long ? 1 : 0;
    if (number % 999 == 1 && !line->too_long) sampled[line->offset] = line->text;
    previous = line->text;
  }
  EXPECT_EQ(previous, "last");
  EXPECT_EQ(number, 100'004u);
  EXPECT_EQ(long_lines, 1u);
  EXPECT_EQ(sampled.begin()->second, "first");
  for (const auto& [offset, line] : sampled) EXPECT_EQ(reader.at(offset).text, line);
  EXPECT_EQ(reader.at(text.size() - 4).text, "last");
  EXPECT_THROW(reader.at(11), Error);  // the long one
  fs::remove(path);
  EXPECT_THROW(LineReader(path, 100), Error);
}

TEST(Base64, ThereAndBack) {
  for (const std::string bytes : {"", "a", "ab", "abc", "\xff\xfe\xfd\xfc"}) {
    EXPECT_EQ(decode_base64(encode_base64(bytes)), bytes);
  }
  EXPECT_EQ(encode_base64("\xff\xef\xbe"), "/+++");
  EXPECT_EQ(decode_base64("_-- -"), "\xff\xef\xbe");
  EXPECT_FALSE(decode_base64("YWI"));
}

TEST(Id, NumbersAreToldFromStrings) {
  for (const char* text : {"0", "-5", "9223372036854775807", "-9223372036854775808"}) {
    EXPECT_TRUE(id_from_text(text).number) << text;
  }
  for (const char* text : {"", "007", "+1", "-0", "1.5", "9223372036854775808", "x.jpg", " 1"}) {
    EXPECT_FALSE(id_from_text(text).number) << text;
  }
  EXPECT_FALSE(id_from_json(9223372036854775808u));
  EXPECT_FALSE(id_from_json(true));
  EXPECT_EQ(id_from_json("7")->number, false);
}

TEST(FingerprintSet, HoldsWhatWasPutIn) {
  FingerprintSet set;
  for (int i = 0; i < 5000; ++i) EXPECT_TRUE(set.insert(std::to_string(i)));
  for (int i = 0; i < 5000; ++i) EXPECT_FALSE(set.insert(std::to_string(i)));
  EXPECT_TRUE(set.contains("4999"));
  EXPECT_FALSE(set.contains("5000"));
  EXPECT_EQ(set.size(), 5000u);
}

}  // namespace
}  // namespace cnclip
