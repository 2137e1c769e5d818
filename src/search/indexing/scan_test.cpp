#include "search/indexing/scan.h"

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <fstream>

#include "base/test_errors.h"
#include "base/test_folder.h"

namespace cnclip::search {
namespace {

namespace fs = std::filesystem;
using Names = std::vector<std::string>;

struct Scan {
  Names files, unreadable;
  std::vector<FoundFile> found;

  Scan(const fs::path& root, const ScanRange& range) {
    scan_folder(root, range,
                {[&](const FoundFile& file) {
                   files.push_back(file.path);
                   found.push_back(file);
                 },
                 [&](const std::string& folder, const std::string&) { unreadable.push_back(folder); }});
  }
};

void write(const fs::path& path, const std::string& text = "x") {
  fs::create_directories(path.parent_path());
  std::ofstream(path, std::ios::binary) << text;
}

TEST(Scan, PathsComeInByteOrder) {
  const TestFolder folder;
  for (const char* name : {"a/1.jpg", "a.jpg", "a0.jpg", "a!.png", "a/b/2.jpg", "b.JPG", "\xff.png", "new\nline.jpg"}) {
    write(folder / name);
  }
  write(folder / "readme.txt");
  const Scan scan(folder, {});
  EXPECT_EQ(scan.files,
            (Names{"a!.png", "a.jpg", "a/1.jpg", "a/b/2.jpg", "a0.jpg", "b.JPG", "new\nline.jpg", "\xff.png"}));
  EXPECT_TRUE(std::is_sorted(scan.files.begin(), scan.files.end()));
  EXPECT_EQ(Scan(folder, {"a", true, false}).files, (Names{"a/1.jpg", "a/b/2.jpg"}));
  EXPECT_EQ(Scan(folder, {"a", false, false}).files, Names{"a/1.jpg"});
}

TEST(Scan, LinksHiddenFilesAndWhatIsNoFile) {
  const TestFolder folder;
  write(folder / "real.jpg", "four");
  write(folder / ".hidden.jpg");
  write(folder / ".folder" / "1.jpg");
  fs::create_directory_symlink(folder / ".", folder / "loop");
  fs::create_symlink("itself.jpg", folder / "itself.jpg");
  fs::create_symlink("real.jpg", folder / "link.jpg");
  fs::create_symlink("nothing", folder / "dangling.jpg");
  fs::create_directories(folder / "folder.jpg");
  ASSERT_EQ(::mkfifo((folder / "pipe.jpg").c_str(), 0600), 0);
  const Scan scan(folder, {});
  EXPECT_EQ(scan.files, (Names{"dangling.jpg", "itself.jpg", "link.jpg", "pipe.jpg", "real.jpg"}));
  const auto bytes = [&](std::size_t i) { return scan.found[i].bytes; };
  EXPECT_EQ(bytes(0), -1);
  EXPECT_EQ(bytes(1), -1);
  EXPECT_EQ(bytes(2), 4);
  EXPECT_EQ(bytes(3), -1);
  EXPECT_EQ(bytes(4), 4);
  EXPECT_EQ(Scan(folder, {"", true, true}).files.size(), 7u);
}

TEST(Scan, AFolderThatCannotBeListedIsTold) {
  const TestFolder folder;
  EXPECT_EQ(Scan(folder / "none", {}).unreadable, Names{""});
  EXPECT_EQ(Scan(folder, {"none", true, false}).unreadable, Names{"none"});
}

TEST(Scan, Lists) {
  const TestFolder folder;
  write(folder / "p" / "1.jpg", "12345");
  write(folder / "list.txt", "p/1.jpg\r\n./p/../p/1.jpg\n\nnone.jpg");
  std::vector<FoundFile> found;
  scan_list(folder / "list.txt", {[&](const FoundFile& file) { found.push_back(file); }, {}});
  ASSERT_EQ(found.size(), 2u);
  EXPECT_EQ(found[0].path, (folder / "none.jpg").string());
  EXPECT_EQ(found[0].bytes, -1);
  EXPECT_EQ(found[1].path, (folder / "p" / "1.jpg").string());
  EXPECT_EQ(found[1].bytes, 5);
  expect_bad_input([&] { scan_list(folder / "no.txt", {}); }, "no.txt");
}

TEST(Scan, KindsOfSources) {
  const TestFolder folder;
  write(folder / "shards" / "b.tar");
  write(folder / "shards" / "a.tar");
  write(folder / "list.txt");
  write(folder / "notes.pdf");
  EXPECT_EQ(kind_of_source(folder), SourceKind::folder);
  EXPECT_EQ(kind_of_source(folder / "shards"), SourceKind::containers);
  EXPECT_EQ(kind_of_source(folder / "list.txt"), SourceKind::list);
  const auto containers = scan_containers(folder / "shards");
  ASSERT_EQ(containers.size(), 2u);
  EXPECT_EQ(containers[0].path, "a.tar");
  EXPECT_EQ(scan_containers(folder / "shards" / "a.tar").at(0).path, "");
  expect_bad_input([&] { kind_of_source(folder / "notes.pdf"); }, "notes.pdf: is neither");
  expect_bad_input([&] { kind_of_source(folder / "none"); }, "no such file");
}

}  // namespace
}  // namespace cnclip::search
