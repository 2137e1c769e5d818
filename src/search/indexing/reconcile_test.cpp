#include "search/indexing/reconcile.h"

#include <gtest/gtest.h>

#include <fstream>

#include "base/test_folder.h"

namespace cnclip::search {
namespace {

namespace fs = std::filesystem;

void write(const fs::path& path, const std::string& text) {
  fs::create_directories(path.parent_path());
  std::ofstream(path, std::ios::binary) << text;
}

// A library of a folder, whose waiting pictures can be said to have been read.
class ReconcileTest : public testing::Test {
 protected:
  ReconcileTest() : writer(made()) {
    fs::create_directories(root());
    writer.commit([&] { writer.add_source(SourceKind::folder, root().string(), false); });
  }
  LibraryWriter made() {
    fs::create_directories(folder / "index");
    return LibraryWriter::create(folder / "index", {"/m", "tiny", "f", 1, 1, 32, false, false, "f32"});
  }
  fs::path root() const { return folder / "p"; }
  LibrarySource source() const { return writer.library().sources().at(0); }

  void look(const std::string& start = "", bool deep = true) {
    reconcile(writer, source(), start, deep, [] { return false; });
  }
  std::vector<std::string> in_state(PictureState state) const {
    std::vector<std::string> paths;
    for (const KnownFile& file : writer.library().files_in(state, 0, 10'000)) paths.push_back(file.file.path);
    std::sort(paths.begin(), paths.end());
    return paths;
  }
  std::vector<std::string> waiting() const { return in_state(PictureState::waiting); }
  std::vector<std::string> missing() const { return in_state(PictureState::missing); }
  void read_all() {
    writer.commit([&] {
      for (const KnownFile& file : writer.library().files_in(PictureState::waiting, 0, 10'000)) {
        const std::string number = std::to_string(1'000'000 + file.row);
        const auto content = writer.content({std::string(57, '0') + number, 1, 1, 0, ""});
        const float vector[] = {1};
        writer.set_vector(content, vector);
        writer.settle(file.row, file.file, content);
      }
    });
  }

  TestFolder folder;
  LibraryWriter writer;
};

using Paths = std::vector<std::string>;

TEST_F(ReconcileTest, NewChangedVanishedFoundAgain) {
  for (const char* name : {"a/1.jpg", "a/2.jpg", "a!.jpg", "b/3.jpg"}) write(root() / name, name);
  look();
  EXPECT_EQ(waiting(), (Paths{"a!.jpg", "a/1.jpg", "a/2.jpg", "b/3.jpg"}));
  look();
  EXPECT_EQ(waiting().size(), 4u);
  read_all();
  const std::int64_t version = writer.library().version();
  look();
  EXPECT_EQ(writer.library().version(), version + 1);  // of the source's problem, or none
  EXPECT_TRUE(waiting().empty() && missing().empty());

  write(root() / "a/2.jpg", "longer than before");
  fs::rename(root() / "b/3.jpg", folder / "3.jpg");
  write(root() / "new.jpg", "x");
  look();
  EXPECT_EQ(waiting(), (Paths{"a/2.jpg", "new.jpg"}));
  EXPECT_EQ(missing(), Paths{"b/3.jpg"});
  fs::rename(folder / "3.jpg", root() / "b/3.jpg");
  fs::remove(root() / "new.jpg");  // never read: there is nothing to keep
  look();
  EXPECT_EQ(waiting(), Paths{"a/2.jpg"});
  EXPECT_TRUE(missing().empty());
  EXPECT_EQ(writer.library().counts().pictures, 4);
}

TEST_F(ReconcileTest, AChangedFileThatVanishesIsReadWhenItIsBack) {
  write(root() / "1.jpg", "one");
  write(root() / "2.jpg", "two");
  look();
  read_all();
  write(root() / "1.jpg", "changed");
  look();
  fs::rename(root() / "1.jpg", folder / "1.jpg");
  look();
  EXPECT_EQ(missing(), Paths{"1.jpg"});
  fs::rename(folder / "1.jpg", root() / "1.jpg");
  look();
  EXPECT_EQ(waiting(), Paths{"1.jpg"});
}

TEST_F(ReconcileTest, PartsOfAFolder) {
  for (const char* name : {"a/1.jpg", "a/b/2.jpg", "a0.jpg", "c.jpg"}) write(root() / name, name);
  look();
  read_all();
  fs::remove_all(root());
  fs::create_directories(root() / "a" / "b");
  look("a", false);  // not what lies below it, nor beside it
  EXPECT_EQ(missing(), Paths{"a/1.jpg"});
  look("a");
  EXPECT_EQ(missing(), (Paths{"a/1.jpg", "a/b/2.jpg"}));
  write(root() / "a/b/4.jpg", "4");
  write(root() / "5.jpg", "5");
  look("", false);
  EXPECT_EQ(waiting(), Paths{"5.jpg"});
  EXPECT_EQ(missing(), (Paths{"a/1.jpg", "a/b/2.jpg", "a0.jpg", "c.jpg"}));
}

TEST_F(ReconcileTest, WhatCannotBeSeenIsKept) {
  write(root() / "a/1.jpg", "1");
  look();
  read_all();
  fs::rename(root(), folder / "away");
  look();
  EXPECT_TRUE(missing().empty());
  EXPECT_EQ(source().problem, "No such file or directory");
  fs::create_directories(root());
  look();
  EXPECT_TRUE(missing().empty());
  EXPECT_NE(source().problem.find("is it mounted?"), std::string::npos);
  fs::remove(root());
  fs::rename(folder / "away", root());
  look();
  EXPECT_EQ(source().problem, "");
}

TEST_F(ReconcileTest, ManyFilesAndAStop) {
  for (int i = 0; i < 5000; ++i) write(root() / std::to_string(i % 7) / (std::to_string(i) + ".jpg"), "x");
  reconcile(writer, source(), "", true, [] { return true; });
  EXPECT_TRUE(waiting().empty());
  look();
  EXPECT_EQ(waiting().size(), 5000u);
  read_all();
  fs::remove_all(root() / "3");
  write(root() / "3" / "new.jpg", "x");
  look();
  EXPECT_EQ(waiting(), Paths{"3/new.jpg"});
  EXPECT_EQ(missing().size(), 714u);
}

}  // namespace
}  // namespace cnclip::search
