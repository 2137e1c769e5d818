#include "eval/classification/class_folder.h"

#include <gtest/gtest.h>

#include "base/file.h"
#include "base/test_errors.h"
#include "base/test_folder.h"

namespace cnclip::classification {
namespace {

namespace fs = std::filesystem;

class ClassFolders : public testing::Test {
 protected:
  void labels(int count) {
    std::string text;
    for (int i = 0; i < count; ++i) text += "类" + std::to_string(i) + "\n";
    write_file(root_ / "label_cn.txt", text);
  }
  void picture(const std::string& path) {
    fs::create_directories((root_ / path).parent_path());
    write_file(root_ / path, "");
  }
  ClassFolder read() const { return read_class_folder(root_, "test", false); }
  std::vector<std::string> ids() const {
    std::vector<std::string> result;
    for (const LabelledImage& image : read().images) result.push_back(image.id);
    return result;
  }
  void refuses(const std::string& part) const {
    expect_bad_input([&] { read(); }, part);
  }
  TestFolder root_;
};

TEST_F(ClassFolders, ArePutInTheOrderOfImageFolder) {
  labels(2);
  for (const char* path : {"test/0/b.jpg", "test/0/B.JPG", "test/0/notes.txt", "test/0/in/a.png", "test/0/in-1/a.png",
                           "test/1/a.webp", "test/stray.jpg"}) {
    picture(path);
  }
  // Folders by their paths, then names; capitals first.
  const std::vector<std::string> wanted = {"0/B.JPG", "0/b.jpg", "0/in/a.png", "0/in-1/a.png", "1/a.webp"};
  EXPECT_EQ(ids(), wanted);
  EXPECT_EQ(read().images.back().classes, std::vector<int>{1});
  EXPECT_FALSE(read().multi_label());
}

TEST_F(ClassFolders, AreNumberedWithThreeDigitsWhenThereAreMoreThanTen) {
  labels(11);
  for (int i = 0; i < 11; ++i) picture("test/" + std::string(i < 10 ? "00" : "0") + std::to_string(i) + "/a.jpg");
  EXPECT_EQ(ids().size(), 11u);
  fs::rename(root_ / "test/003", root_ / "test/3");
  refuses("test/004: where the folder of class 3 (类3) should be, 003");
}

TEST_F(ClassFolders, MustBeThoseOfTheLabels) {
  labels(3);
  picture("test/0/a.jpg");
  picture("test/1/a.jpg");
  refuses("test: no folder 2 for class 类2");
  picture("test/2/a.jpg");
  EXPECT_EQ(ids().size(), 3u);
  picture("test/3/a.jpg");
  refuses("test/3: a folder more than label_cn.txt has lines, 3");
  fs::remove_all(root_ / "test/3");
  fs::create_directory(root_ / "test/.cache");
  refuses("test/.cache: where the folder of class 0 (类0) should be, 0");
  fs::remove(root_ / "test/.cache");
  fs::rename(root_ / "test/1", root_ / "test/01");
  refuses("test/01: where the folder of class 1 (类1) should be, 1");
}

TEST_F(ClassFolders, MustHavePictures) {
  refuses("label_cn.txt: cannot open");
  labels(2);
  refuses("no split test: neither a folder");
  picture("test/0/a.jpg");
  fs::create_directory(root_ / "test/1");
  refuses("test/1: no pictures in this folder");
  expect_bad_input([&] { read_class_folder(root_ / "none", "test", false); }, "none: no such folder");
}

TEST_F(ClassFolders, LabelsThatCannotBeToldApartAreRefused) {
  const auto refused = [&](std::string_view text, const std::string& part) {
    write_file(root_ / "label_cn.txt", text);
    expect_bad_input([&] { read_labels(root_ / "label_cn.txt", false); }, part);
  };
  refused("猫\n\n狗\n", "label_cn.txt: line 2: an empty class name");
  refused("猫\n \t\n", "line 2: an empty class name");
  refused("猫\n狗\n 猫\n", "line 3: 猫 is the name of the class on line 1 too");
  refused("猫\n\xb9\xb7\n", "line 2: not UTF-8");
  refused("猫\n", "1 class names, at least 2 are needed");
  refused("", "0 class names");
  write_file(root_ / "label_cn.txt", "鹤\n狗\n鹤\n");
  EXPECT_EQ(read_labels(root_ / "label_cn.txt", true).size(), 3u);  // ImageNet's official list
}

TEST_F(ClassFolders, AListMayStandInPlaceOfFolders) {
  labels(3);
  write_file(root_ / "test.txt", "pictures/two words.jpg 0,2\npictures/b.jpg\t1\n");
  const ClassFolder folder = read();
  ASSERT_EQ(folder.images.size(), 2u);
  EXPECT_EQ(folder.images[0].id, "pictures/two words.jpg");
  EXPECT_EQ(folder.images[0].path, root_ / "pictures/two words.jpg");
  EXPECT_EQ(folder.images[0].classes, (std::vector{0, 2}));
  EXPECT_EQ(folder.images[1].classes, std::vector{1});
  EXPECT_TRUE(folder.multi_label());
}

TEST_F(ClassFolders, ListsAreReadStrictly) {
  labels(3);
  const auto refused = [&](std::string_view text, const std::string& part) {
    write_file(root_ / "test.txt", text);
    refuses(part);
  };
  refused("a.jpg 0\nb.jpg\n", "test.txt: line 2: a path, a space and the numbers of its classes are needed: b.jpg");
  refused("a.jpg 3\n", "line 1: class 3: it is a number from 0 to 2");
  refused("a.jpg -1\n", "class -1: it is a number");
  refused("a.jpg 0,\n", "class : it is a number");
  refused("a.jpg 99999999999\n", "class 99999999999: it is a number");
  refused("a.jpg 1,1\n", "class 1 twice");
  refused("a.jpg 0, 1\n", "a space between the numbers of the classes");
  refused("a.jpg 0\na.jpg 1\n", "line 2: a.jpg is on line 1 too");
  refused("", "no pictures in this list");
}

TEST_F(ClassFolders, TheOrderOfASubmissionIsAPermutation) {
  const auto read_order = [&](std::string_view text) {
    write_file(root_ / "index.json", text);
    return read_submission_order(root_ / "index.json", 3);
  };
  EXPECT_EQ(read_order("[2, 0, 1]"), (std::vector<std::size_t>{2, 0, 1}));
  expect_bad_input([&] { read_order("[0, 1]"); }, "index.json: 2 numbers for 3 images");
  expect_bad_input([&] { read_order("[0, 1, 1]"); }, "entry 2, 1: every number from 0 to 2 is needed once");
  expect_bad_input([&] { read_order("[0, 1, 3]"); }, "entry 2, 3:");
  expect_bad_input([&] { read_order("[0, -1, 1]"); }, "entry 1, -1:");
  expect_bad_input([&] { read_order("[0, 1.0, 2]"); }, "entry 1, 1.0:");
  expect_bad_input([&] { read_order("[0, \"1\", 2]"); }, "entry 1, string:");
  expect_bad_input([&] { read_order("{}"); }, "no JSON list");
  expect_bad_input([&] { read_order("[0, 1"); }, "no JSON list");
}

}  // namespace
}  // namespace cnclip::classification
