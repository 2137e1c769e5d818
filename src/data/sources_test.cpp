#include "data/sources.h"

#include <archive.h>
#include <archive_entry.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <fstream>
#include <vector>

#include "base/file.h"
#include "base/test_folder.h"
#include "cnclip/error.h"

namespace cnclip {
namespace {

namespace fs = std::filesystem;

class Sources : public ::testing::Test {
 protected:
  void put(const std::string& name, const std::string& content) const {
    std::ofstream(folder_ / name, std::ios::binary) << content;
  }
  void put_tar(const std::string& name, const std::vector<std::string>& members) const {
    archive* out = archive_write_new();
    archive_write_set_format_ustar(out);
    archive_write_open_filename(out, (folder_ / name).c_str());
    for (const std::string& member : members) {
      archive_entry* entry = archive_entry_new();
      archive_entry_set_pathname(entry, member.c_str());
      archive_entry_set_size(entry, 3);
      archive_entry_set_filetype(entry, AE_IFREG);
      archive_write_header(out, entry);
      archive_write_data(out, "abc", 3);
      archive_entry_free(entry);
    }
    archive_write_free(out);
  }
  // Ids, those of what could not be read in brackets.
  static std::vector<std::string> ids(ImageSource& source) {
    std::vector<std::string> ids;
    while (const auto item = source.next()) ids.push_back(item->error.empty() ? item->id : "(" + item->id + ")");
    return ids;
  }
  std::vector<std::string> images(const std::string& name = "") const { return ids(*open_images(folder_ / name)); }

  TestFolder folder_;
};

using Ids = std::vector<std::string>;

TEST_F(Sources, FoldersListWhatCannotBeRead) {
  put("a.jpg", "x");
  put("notes.txt", "x");
  fs::create_directories(folder_ / "sub.jpg");
  put("sub.jpg/b.PNG", "x");
  fs::create_symlink("nowhere", folder_ / "c.jpg");
  fs::create_symlink("d.jpg", folder_ / "d.jpg");
  ASSERT_EQ(::mkfifo((folder_ / "e.jpg").c_str(), 0600), 0);
  EXPECT_EQ(images(), (Ids{"a.jpg", "(c.jpg)", "(d.jpg)", "(e.jpg)", "sub.jpg/b.PNG"}));
}

TEST_F(Sources, ListsNameMissingFiles) {
  put("a.jpg", "x");
  put("list.txt", "a.jpg\r\n\nnone.jpg\n");
  EXPECT_EQ(images("list.txt"), (Ids{"a.jpg", "(none.jpg)"}));
}

TEST_F(Sources, ABrokenShardDoesNotEndTheOthers) {
  put_tar("1.tar", {"a.jpg", "b.txt", "c.jpg"});
  put("2.tar", "no tar at all");
  put_tar("3.tar", {"d.jpg", "e.jpg"});
  fs::resize_file(folder_ / "3.tar", 512 + 512 + 100);  // inside the second header
  put_tar("4.tar", {"f.jpg"});
  const auto broken = [&](const char* name) { return "(" + (folder_ / name).string() + ")"; };
  EXPECT_EQ(images(), (Ids{"a", "(b)", "c", broken("2.tar"), broken("3.tar"), "f"}));
}

TEST_F(Sources, BadLinesOfATsvAreItemsOfTheirOwn) {
  put("x.tsv", "7\tYWJj\nno tab\n8\tYWJj\n9\tY\n");
  EXPECT_EQ(images("x.tsv"), (Ids{"7", "(" + (folder_ / "x.tsv").string() + ": line 2)", "8", "(9)"}));
}

TEST_F(Sources, TextsKeepTheirLineNumbers) {
  put("t.txt", "a\n\xff\nc");
  const auto lines = open_texts((folder_ / "t.txt").string());
  for (const char* id : {"1", "2", "3"}) EXPECT_EQ(lines->next()->id.text, id);
  EXPECT_FALSE(lines->next());
  put("t.jsonl", "{\"text_id\": 9, \"text\": \"a\"}\n{}\n");
  const auto records = open_texts((folder_ / "t.jsonl").string());
  EXPECT_EQ(records->next()->id.text, "9");
  const auto bad = records->next();
  EXPECT_EQ(bad->id.text, "2");
  EXPECT_EQ(bad->error, (folder_ / "t.jsonl").string() + ": line 2: no \"text\"");
}

}  // namespace
}  // namespace cnclip
