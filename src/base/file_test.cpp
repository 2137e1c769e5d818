#include "base/file.h"

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <fstream>
#include <set>

#include "base/error.h"
#include "base/test_folder.h"

namespace cnclip {
namespace {

namespace fs = std::filesystem;

class Files : public ::testing::Test {
 protected:
  std::set<std::string> names() const {
    std::set<std::string> names;
    for (const auto& entry : fs::recursive_directory_iterator(folder_)) {
      names.insert(entry.path().lexically_relative(folder_).string());
    }
    return names;
  }
  template <class Call>
  static std::string error_of(Call call) {
    try {
      call();
    } catch (const Error& error) {
      EXPECT_EQ(error.category(), ErrorCategory::bad_input);
      return error.what();
    }
    ADD_FAILURE() << "nothing was thrown";
    return {};
  }

  TestFolder folder_;
};

TEST_F(Files, NamedPipesAreRefusedAndNotWaitedFor) {
  ASSERT_EQ(::mkfifo((folder_ / "pipe").c_str(), 0600), 0);
  EXPECT_NE(error_of([&] { read_file(folder_ / "pipe"); }).find("not a regular file"), std::string::npos);
  EXPECT_NE(error_of([&] { MappedFile::open(folder_ / "pipe"); }).find("not a regular file"), std::string::npos);
}

TEST_F(Files, NothingIsSeenBeforeCommit) {
  {
    AtomicFile file(folder_ / "a");
    file.write(std::string(3 << 20, 'x'));
    file.write_at(1, "yz");
    file.sync();
    EXPECT_EQ(names(), std::set<std::string>{});
    file.commit();
  }
  EXPECT_EQ(names(), std::set<std::string>{"a"});
  EXPECT_EQ(read_file(folder_ / "a").substr(0, 4), "xyzx");
  { AtomicFile(folder_ / "b").write("never committed"); }
  write_file(folder_ / "a", "over it");
  EXPECT_EQ(names(), std::set<std::string>{"a"});
  EXPECT_EQ(read_file(folder_ / "a"), "over it");
}

TEST_F(Files, ImpossibleNamesAreRefusedBeforeTheWork) {
  EXPECT_NE(error_of([&] { AtomicFile file(folder_); }).find("is a folder"), std::string::npos);
  EXPECT_NE(error_of([&] { AtomicFile file("/dev/null"); }).find("no regular file"), std::string::npos);
  EXPECT_NE(error_of([&] { AtomicFile file(""); }).find("not the name of a file"), std::string::npos);
  EXPECT_NE(error_of([&] { AtomicFile file(folder_ / "none" / "a"); }).find("cannot create"), std::string::npos);
}

TEST_F(Files, FoldersAppearWhole) {
  const fs::path made = folder_ / "made";
  write_folder(made, [&](const fs::path& staging) {
    write_file(staging / "a", "1");
    write_file(staging / "b", "1");
    EXPECT_FALSE(fs::exists(made));
  });
  EXPECT_EQ(names(), (std::set<std::string>{"made", "made/a", "made/b"}));
  write_folder(made / "", [](const fs::path& staging) { write_file(staging / "b", "2"); });
  EXPECT_EQ(names(), (std::set<std::string>{"made", "made/a", "made/b"}));
  EXPECT_EQ(read_file(made / "b"), "2");
}

TEST_F(Files, WhatFailsWhileAFolderIsFilledLeavesNothing) {
  const auto broken = [](const fs::path& staging) {
    write_file(staging / "a", "1");
    throw_bad_input("{}: cannot write: the disk is full", (staging / "b").string());
  };
  const fs::path made = folder_ / "made";
  EXPECT_EQ(error_of([&] { write_folder(made, broken); }), (made / "b").string() + ": cannot write: the disk is full");
  EXPECT_EQ(names(), std::set<std::string>{});
  fs::create_directory(made);
  EXPECT_EQ(error_of([&] { write_folder(made, broken); }), (made / "b").string() + ": cannot write: the disk is full");
  EXPECT_EQ(names(), std::set<std::string>{"made"});
  const auto nothing = [](const fs::path&) {};
  EXPECT_NE(error_of([&] { write_folder(made / "x" / "y", nothing); }).find("cannot write"), std::string::npos);
  write_file(folder_ / "file", "");
  EXPECT_NE(error_of([&] { write_folder(folder_ / "file", nothing); }).find("Not a directory"), std::string::npos);
  EXPECT_NE(error_of([&] { write_folder("", nothing); }).find("not the name of a folder"), std::string::npos);
}

TEST_F(Files, AFolderIsReplacedWholeOrNotAtAll) {
  const fs::path made = folder_ / "made";
  fs::create_directory(made);
  write_file(made / "old", "1");
  const auto broken = [](const fs::path& staging) {
    write_file(staging / "new", "1");
    throw_bad_input("{}: the disk is full", (staging / "new").string());
  };
  EXPECT_EQ(error_of([&] { replace_folder(made, broken); }), (made / "new").string() + ": the disk is full");
  EXPECT_EQ(names(), (std::set<std::string>{"made", "made/old"}));
  fs::create_directory_symlink(made, folder_ / "link");
  replace_folder(folder_ / "link" / "", [&](const fs::path& staging) {
    write_file(staging / "new", "2");
    EXPECT_TRUE(fs::exists(made / "old"));
  });
  EXPECT_EQ(names(), (std::set<std::string>{"link", "made", "made/new"}));
  EXPECT_NE(error_of([&] { replace_folder(folder_ / "none", broken); }).find("none"), std::string::npos);
}

}  // namespace
}  // namespace cnclip
