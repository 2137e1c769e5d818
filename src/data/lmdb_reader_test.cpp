#include "data/lmdb_reader.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <cstring>
#include <fstream>

#include "cnclip/error.h"

namespace cnclip {
namespace {

constexpr std::size_t kPage = 256;

template <class T>
void put(std::string& bytes, std::size_t at, T value) {
  std::memcpy(bytes.data() + at, &value, sizeof value);
}

std::string node(std::uint32_t size, std::uint16_t flags, const std::string& key, const std::string& value) {
  std::string bytes(8, '\0');
  put(bytes, 0, size);
  put(bytes, 4, flags);
  put(bytes, 6, static_cast<std::uint16_t>(key.size()));
  return bytes + key + value;
}
std::string branch(std::uint32_t page, const std::string& key) {
  return node(page, 0, key, "");
}
std::string leaf(const std::string& key, const std::string& value) {
  return node(static_cast<std::uint32_t>(value.size()), 0, key, value);
}

std::string page_of(std::uint16_t flags, const std::vector<std::string>& nodes) {
  std::string page(kPage, '\0');
  put(page, 10, flags);
  put(page, 12, static_cast<std::uint16_t>(16 + 2 * nodes.size()));
  std::size_t end = kPage;
  for (std::size_t i = 0; i < nodes.size(); ++i) {
    end -= nodes[i].size();
    page.replace(end, nodes[i].size(), nodes[i]);
    put(page, 16 + 2 * i, static_cast<std::uint16_t>(end));
  }
  return page;
}

std::string meta(std::uint64_t transaction, std::uint64_t root) {
  std::string page(kPage, '\0');
  put(page, 10, std::uint16_t{8});
  put(page, 16, 0xbeefc0deu);
  put(page, 20, 1u);
  put(page, 40, static_cast<std::uint32_t>(kPage));
  put(page, 128, root);
  put(page, 144, transaction);
  return page;
}

// A branch with two leaves, of which the second has a value of 300 bytes in pages of its own.
std::string sound_file() {
  std::string big = node(300, 1, "8", std::string(8, '\0')), overflow(2 * kPage, 'x');
  put(big, 9, std::uint64_t{5});
  put(overflow, 10, std::uint16_t{4});
  put(overflow, 12, 2u);
  return meta(1, 99) + meta(2, 2) + page_of(1, {branch(3, ""), branch(4, "8")}) + page_of(2, {leaf("7", "abc")}) +
         page_of(2, {big, leaf("9", "")}) + overflow;
}

std::string entries_of(const std::string& file) {
  const auto path = std::filesystem::temp_directory_path() / ("cnclip-lmdb-" + std::to_string(::getpid()));
  std::ofstream(path, std::ios::binary) << file;
  LmdbReader reader(MappedFile::open(path));
  std::filesystem::remove(path);
  std::string all;
  while (const auto entry = reader.next()) all += std::string(entry->key) + "=" + std::string(entry->value) + ";";
  return all;
}

TEST(LmdbReader, EntriesComeInOrder) {
  EXPECT_EQ(entries_of(sound_file()), "7=abc;8=" + std::string(300, 'x') + ";9=;");
  EXPECT_EQ(entries_of(meta(1, ~std::uint64_t{0}) + meta(0, 0)), "");
}

TEST(LmdbReader, WhatIsNoFileOfThisKind) {
  for (const std::string& file : {std::string(), std::string("x"), std::string(5000, '\0'), meta(1, 2)}) {
    EXPECT_THROW(entries_of(file), Error);
  }
}

TEST(LmdbReader, CutAnywhereItIsRefused) {
  const std::string sound = sound_file();
  for (std::size_t size = 0; size < sound.size(); ++size)
    EXPECT_THROW(entries_of(sound.substr(0, size)), Error) << size;
}

// A node that points to its own page, and a value in pages that another one has.
TEST(LmdbReader, CirclesAreRefused) {
  const std::string head = meta(1, 2) + meta(0, 2);
  EXPECT_THROW(entries_of(head + page_of(1, {branch(2, ""), branch(2, "a")})), Error);
  std::string value(8, '\0'), overflow(kPage, 'x');
  put(value, 0, std::uint64_t{3});
  put(overflow, 10, std::uint16_t{4});
  put(overflow, 12, 1u);
  const std::string once = node(9, 1, "a", value), twice = node(9, 1, "b", value);
  EXPECT_EQ(entries_of(head + page_of(2, {once}) + overflow), "a=xxxxxxxxx;");
  EXPECT_THROW(entries_of(head + page_of(2, {once, twice, twice, twice}) + overflow), Error);
}

// Every byte of the structure, changed: an error or other entries, and no read outside the file.
TEST(LmdbReader, DamagedAnywhereItDoesNotCrash) {
  const std::string sound = sound_file();
  for (std::size_t at = 0; at < 5 * kPage + 16; ++at) {
    for (const char value : {'\0', '\x7f', '\xff'}) {
      std::string damaged = sound;
      damaged[at] = value;
      try {
        entries_of(damaged);
      } catch (const Error& error) {
        EXPECT_EQ(error.category(), ErrorCategory::bad_input);
      }
    }
  }
}

}  // namespace
}  // namespace cnclip
