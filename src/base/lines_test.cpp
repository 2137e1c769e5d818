#include "base/lines.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <vector>

#include "cnclip/error.h"

namespace cnclip {
namespace {

std::string file_of(const std::string& content) {
  const auto path = std::filesystem::temp_directory_path() / ("cnclip-lines-" + std::to_string(::getpid()));
  std::ofstream(path, std::ios::binary) << content;
  return path.string();
}

std::vector<std::string> lines_of(const std::string& content, std::size_t limit = 1000) {
  const std::string path = file_of(content);
  LineReader reader(path, limit);
  std::vector<std::string> lines;
  while (const auto line = reader.next()) lines.push_back(std::string(*line) + (reader.cut() ? " (cut)" : ""));
  std::filesystem::remove(path);
  return lines;
}

using Lines = std::vector<std::string>;

TEST(LineReader, EndsOfLines) {
  EXPECT_EQ(lines_of(""), Lines{});
  EXPECT_EQ(lines_of("\n"), Lines{""});
  EXPECT_EQ(lines_of("a\r\nb\n\nc"), (Lines{"a", "b", "", "c"}));
  EXPECT_EQ(lines_of(std::string("a\0b\n", 4)), (Lines{std::string("a\0b", 3)}));
}

TEST(LineReader, LongLinesAreCutAndTheNextIsWhole) {
  EXPECT_EQ(lines_of("abc\nabcd\nabcde\nf\n", 4), (Lines{"abc", "abcd", "abcd (cut)", "f"}));
  const std::string longer(200'000, 'x');  // than a block
  EXPECT_EQ(lines_of(longer + "\ny", 300'000), (Lines{longer, "y"}));
  EXPECT_EQ(lines_of(longer + "\ny", 100'000), (Lines{longer.substr(0, 100'000) + " (cut)", "y"}));
}

TEST(LineReader, NamesThePlace) {
  const std::string path = file_of("a\nb\n");
  LineReader reader(path, 10);
  reader.next();
  reader.next();
  EXPECT_EQ(reader.place(), path + ": line 2");
  std::filesystem::remove(path);
}

TEST(LineReader, WhatIsNoTextFile) {
  EXPECT_THROW(LineReader("/nowhere/at/all", 10), Error);
  EXPECT_THROW(LineReader("/", 10).next(), Error);
  EXPECT_THROW(lines_of("version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 1\n"), Error);
}

}  // namespace
}  // namespace cnclip
