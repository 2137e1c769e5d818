#include "base/lines.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <map>

#include "base/error.h"
#include "base/file.h"

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

TEST(LineReader, WhatIsNoTextFile) {
  EXPECT_THROW(LineReader("/nowhere/at/all", 10), Error);
  EXPECT_THROW(LineReader("/", 10), Error);
  const auto path = fs::temp_directory_path() / ("cnclip_lines_test_" + std::to_string(::getpid()));
  write_file(path, "version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 1\n");
  EXPECT_THROW(LineReader(path, 100), Error);
  fs::remove(path);
}

}  // namespace
}  // namespace cnclip
