#include "eval/classification/prompts.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <set>

#include "base/file.h"
#include "base/test_errors.h"
#include "base/test_folder.h"
#include "eval/classification/benchmarks.h"

namespace cnclip::classification {
namespace {

std::set<std::string> sentences(const std::vector<PromptTemplate>& templates) {
  std::set<std::string> distinct;
  for (const PromptTemplate& prompt : templates) distinct.insert(prompt.with("猫"));
  return distinct;
}

TEST(OfficialTemplates, HaveTheOfficialCounts) {
  const std::pair<const char*, std::size_t> kCounts[] = {
      {"openai_templates", 183},   {"normal_templates", 1},       {"flower_templates", 32},
      {"food_templates", 21},      {"aircraft_templates", 100},   {"eurosat_templates", 24},
      {"country211_templates", 4}, {"hatefulmemes_templates", 2}, {"kitti_templates", 3},
      {"cars_templates", 7},       {"dtd_templates", 6},          {"patch_templates", 3},
      {"pet_templates", 6},        {"cifar100_templates", 11},    {"caltech101_templates", 16},
      {"fer_templates", 5}};
  for (const auto& [list, count] : kCounts) EXPECT_EQ(official_templates(list).size(), count) << list;
}

TEST(OfficialTemplates, KeepTheirDuplicates) {
  const auto templates = official_templates("openai_templates");
  EXPECT_EQ(sentences(templates).size(), 179u);
  EXPECT_EQ(templates.front().with("猫"), "猫的照片");
  EXPECT_EQ(templates.back().with("港口"), "港口的卫星照片");
}

TEST(OfficialTemplates, AreWiredAsInTheOfficialScript) {
  const std::pair<const char*, std::size_t> kCounts[] = {{"fgvc-aircraft-2013b-variants102", 100},
                                                         {"food-101", 21},
                                                         {"oxford-flower-102", 32},
                                                         {"eurosat_clip", 24},
                                                         {"resisc45_clip", 24},
                                                         {"country211", 4},
                                                         {"imagenet", 183},
                                                         {"dtd", 183},
                                                         {"my own", 183}};
  for (const auto& [dataset, count] : kCounts) {
    EXPECT_EQ(prompts_for("official", dataset).templates.size(), count) << dataset;
  }
}

TEST(ChineseTemplates, AreDistinctAndOurOwn) {
  std::set<std::string> theirs;
  for (const Benchmark& benchmark : benchmarks()) {
    theirs.merge(sentences(official_templates(benchmark.templates)));
  }
  for (const Benchmark& benchmark : benchmarks()) {
    const auto templates = prompts_for("cnclip", benchmark.id).templates;
    const auto ours = sentences(templates);
    EXPECT_GE(templates.size(), 4u) << benchmark.id;
    EXPECT_EQ(ours.size(), templates.size()) << benchmark.id;
    for (const std::string& sentence : ours) EXPECT_FALSE(theirs.contains(sentence)) << sentence;
  }
  EXPECT_GE(chinese_templates("").size(), 20u);
}

class TemplateFile : public testing::Test {
 protected:
  std::vector<PromptTemplate> read(std::string_view text) {
    write_file(folder_ / "t.txt", text);
    return read_templates(folder_ / "t.txt");
  }
  TestFolder folder_;
};

TEST_F(TemplateFile, HasATemplateALine) {
  const std::vector<PromptTemplate> wanted = {{"一张", "的照片"}, {"", ""}, {"说明：", ""}};
  EXPECT_EQ(read("\xef\xbb\xbf# 注释\n一张{}的照片\r\n\n{}\n  说明：{}  "), wanted);
}

TEST_F(TemplateFile, RefusesWhatHasNoPlaceForTheName) {
  expect_bad_input([&] { read("{}\n的照片\n"); }, "t.txt: line 2: no {} for the class name: 的照片");
  expect_bad_input([&] { read("{的照片}\n"); }, "line 1: no {}");
  expect_bad_input([&] { read("{}和{}\n"); }, "line 1: more than one {} for the class name: {}和{}");
  expect_bad_input([&] { read("# 只有注释\n"); }, "no templates");
  expect_bad_input([&] { read("\xff{}\n"); }, "line 1: not UTF-8");
  expect_bad_input([&] { read(std::string(5000, 'x') + "{}\n"); }, "line 1: over 4096 bytes");
  expect_bad_input([&] { prompts_for((folder_ / "none.txt").string(), ""); }, "none.txt: cannot open");
}

}  // namespace
}  // namespace cnclip::classification
