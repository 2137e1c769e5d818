#include "clean/clean.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <nlohmann/json.hpp>
#include <sstream>

#include "base/base64.h"
#include "base/random.h"
#include "base/test_folder.h"
#include "image/encode_jpeg.h"

namespace cnclip::clean {
namespace {

namespace fs = std::filesystem;

class Cleaning : public ::testing::Test {
 protected:
  fs::path file(const std::string& name, const std::string& content) const {
    write_file(root_ / name, content);
    return root_ / name;
  }
  CleanOptions options(const fs::path& source, const std::string& rules, const std::string& output = "out") const {
    CleanOptions options;
    options.source = source;
    options.rules = file("rules.toml", rules);
    options.output = root_ / output;
    return options;
  }
  std::string out(const std::string& name, const std::string& output = "out") const {
    return read_file(root_ / output / name);
  }
  // Every file of an output folder; nothing else may lie there.
  std::map<std::string, std::string> all(const std::string& output) const {
    std::map<std::string, std::string> files;
    for (const auto& entry : fs::directory_iterator(root_ / output)) {
      files[entry.path().filename()] = entry.is_directory() ? "a folder" : read_file(entry.path());
    }
    return files;
  }

  TestFolder folder_;
  fs::path root_ = folder_;
};

std::map<std::string, std::size_t> dropped(const Report& report) {
  std::map<std::string, std::size_t> counts;
  for (const Step& step : report.steps) {
    if (step.dropped > 0) counts[std::string(name_of(step.rule))] = step.dropped;
  }
  return counts;
}

std::string picture(int seed, int width = 64, int height = 64, int quality = 90) {
  Random random(static_cast<std::uint64_t>(seed));
  double a[6];
  for (double& v : a) v = 6.3 * random.uniform();
  Image image{width, height, ImageMode::rgb, {}, {}};
  for (int y = 0; y < height; ++y) {
    for (int x = 0; x < width; ++x) {
      double v = 128;
      for (int k = 0; k < 6; ++k)
        v += 20 * std::sin(a[k] * 2 * x / width + a[(k + 1) % 6] * 2 * y / height + a[(k + 2) % 6]);
      for (int c = 0; c < 3; ++c) image.pixels.push_back(static_cast<std::uint8_t>(std::clamp(v, 0.0, 255.0)));
    }
  }
  return encode_jpeg(image, quality);
}

TEST_F(Cleaning, KeepsRowsAsTheyStandAndNamesTheOthers) {
  const auto source = file("a.csv", "url,caption\r\nu1,一朵红色的花\r\nu2,短\r\nu3,\"一片,绿色的叶子\"\r\nbad");
  const auto report = clean(options(source, "[length]\nleast = 5\nmost = 50\n"));
  EXPECT_EQ(out("a.csv"), "url,caption\r\nu1,一朵红色的花\r\nu3,\"一片,绿色的叶子\"\r\n");
  EXPECT_EQ(out("dropped.tsv"), "row\trule\n2\tlength\n4\tbroken\n");
  EXPECT_EQ(report->rows, 4u);
  EXPECT_EQ(report->kept, 2u);
  EXPECT_EQ(dropped(*report), (std::map<std::string, std::size_t>{{"broken", 1}, {"length", 1}}));
  const auto json = nlohmann::json::parse(out("report.json"));
  EXPECT_EQ(json["funnel"][1]["in"], 3);
  EXPECT_EQ(json["funnel"][1]["dropped"], 1);
}

TEST_F(Cleaning, RepeatedCountsWhatTheRulesBeforeItLeave) {
  std::string lines;
  for (int i = 0; i < 4; ++i) lines += "同一句话\n";
  for (int i = 0; i < 3; ++i) lines += " 另一句话 \n";
  const auto report =
      clean(options(file("a.txt", lines + "短\n短\n短\n短\n"), "[length]\nleast=2\nmost=9\n[repeated]\nmost = 3\n"));
  EXPECT_EQ(dropped(*report), (std::map<std::string, std::size_t>{{"length", 4}, {"repeated", 4}}));
  EXPECT_EQ(report->kept, 3u);
}

TEST_F(Cleaning, OfEqualRowsTheFirstStays) {
  const auto source = file("a.tsv", "url\tcaption\nu\t红花\nu\t红花 \nv\t红花\nu\t绿叶\n");
  clean(options(source, "[duplicate]\n"));
  EXPECT_EQ(out("dropped.tsv"), "row\trule\n2\tduplicate\n");
}

TEST_F(Cleaning, LeakedCaptionsGo) {
  file("test.jsonl", "{\"text\":\"一朵红花\"}\n");
  const auto source = file("a.txt", "一朵红花 \n一朵红花。\n");
  clean(options(source, "[leakage]\nsets = ['test.jsonl']\ndistance = 4\n"));
  EXPECT_EQ(out("dropped.tsv"), "row\trule\n1\tleakage\n");
}

TEST_F(Cleaning, OfficialFolder) {
  const std::string one = picture(1), two = picture(2);
  std::string images;
  const auto add = [&](int id, const std::string& bytes) {
    images += fmt::format("{}\t{}\n", id, encode_base64(bytes));
  };
  add(1, one);
  add(2, two);
  add(3, picture(1, 96, 80, 60));  // like 1
  add(4, picture(3, 20, 20));
  add(5, picture(4, 200, 50));
  add(6, "no picture");
  add(7, picture(5));  // leaked
  add(8, picture(6));  // no text names it
  add(9, picture(7));
  file("train_imgs.tsv", images);
  file("leak.tsv", fmt::format("1\t{}\n", encode_base64(picture(5, 80, 80))));
  const auto line = [](int id, const char* text, const char* ids) {
    return fmt::format("{{\"text_id\":{},\"text\":\"{}\",\"image_ids\":[{}]}}\n", id, text, ids);
  };
  file("train_texts.jsonl", line(1, "第一", "1,3,2") + line(2, "第二", "4") + line(3, "第三", "5,6,7") +
                                line(4, "第四", "2,99") + line(5, "短", "9"));
  const auto report = clean(options(root_,
                                    "[undecodable]\n[side]\nleast = 32\n[aspect]\nmost = "
                                    "3.0\n[near_duplicate]\ndistance = 6\n[length]\nleast=2\nmost=9\n"
                                    "[leakage]\nsets = ['leak.tsv']\ndistance = 6\n"));
  EXPECT_EQ(dropped(*report),
            (std::map<std::string, std::size_t>{
                {"length", 1}, {"undecodable", 2}, {"side", 1}, {"aspect", 1}, {"near_duplicate", 1}, {"leakage", 1}}));
  EXPECT_EQ(out("train_texts.jsonl"), line(1, "第一", "1,2") + line(4, "第四", "2"));
  std::string kept_ids;
  std::istringstream kept(out("train_imgs.tsv"));
  for (std::string row; std::getline(kept, row);) kept_ids += row.substr(0, row.find('\t'));
  EXPECT_EQ(kept_ids, "128");
  EXPECT_NE(out("report.html").find("data:image/jpeg;base64,"), std::string::npos);
}

TEST_F(Cleaning, PageEscapesWhatRecordsSay) {
  clean(options(file("a.txt", "<script>alert(1)</script>\n"), "[length]\nleast=1\nmost=3\n"));
  const std::string page = out("report.html");
  EXPECT_EQ(page.find("<script"), std::string::npos);
  EXPECT_NE(page.find("&lt;script&gt;alert(1)"), std::string::npos);
}

std::string many_rows(int count) {
  Random random(3);
  std::string rows = "url,caption\n";
  for (int i = 0; i < count; ++i) {
    rows += fmt::format("u{},", random.next() % 30000);
    for (std::uint64_t k = random.next() % 8; k > 0; --k) rows += random.next() % 2 == 0 ? "花" : "叶";
    rows += random.next() % 20 == 0 ? " www.a.cn\n" : "\n";
  }
  return rows;
}

constexpr const char* kManyRules =
    "[length]\nleast=2\nmost=20\n[url]\nwords=['www.']\n[repeated]\nmost=200\n[duplicate]\n";

TEST_F(Cleaning, WorkersPartsAndInterruptionsDoNotShow) {
  const auto source = file("a.csv", many_rows(70000));  // five chunks
  auto plain = options(source, kManyRules, "one");
  clean(plain);
  const auto expected = all("one");
  EXPECT_EQ(expected.size(), 4u);

  plain.output = root_ / "four";
  plain.workers = 4;
  clean(plain);
  EXPECT_EQ(all("four"), expected);

  plain.output = root_ / "parts";
  for (const std::size_t part : {2u, 0u, 1u}) {
    plain.part = Part{part, 3};
    EXPECT_FALSE(clean(plain));
  }
  plain.part.reset();
  clean(plain);
  EXPECT_EQ(all("parts"), expected);

  plain.output = root_ / "broken_off";  // as after a kill: some facts, and half a file
  plain.part = Part{1, 2};
  clean(plain);
  plain.part.reset();
  file("broken_off/a.csv.tmp-1-0", "half");
  clean(plain);
  EXPECT_EQ(all("broken_off"), expected);
}

TEST_F(Cleaning, TheSourceIsNotOverwritten) {
  const auto source = file("a.txt", "一二三\n");
  auto settings = options(source, "[length]\nleast=9\nmost=9\n");
  settings.output = root_;
  EXPECT_THROW(clean(settings), Error);
  EXPECT_EQ(read_file(source), "一二三\n");
}

TEST_F(Cleaning, RulesOfPicturesDoNotApplyToUrls) {
  const auto report =
      clean(options(file("a.csv", "url,caption\nu,花\n"), "[side]\nleast = 200\n[score]\nmodel='m'\nleast=0\n"));
  EXPECT_EQ(report->kept, 1u);
  EXPECT_EQ(report->not_applied, (std::vector<Rule>{Rule::side, Rule::score}));
}

TEST_F(Cleaning, OtherRulesDoNotMeetOldFacts) {
  const auto source = file("a.txt", "一二三\n一二三四五\n");
  auto first = options(source, "[length]\nleast=5\nmost=9\n");
  first.part = Part{0, 1};
  clean(first);
  clean(options(source, "[length]\nleast=1\nmost=9\n"));
  EXPECT_EQ(out("dropped.tsv"), "row\trule\n");
  EXPECT_EQ(all("out").size(), 4u);
}

TEST_F(Cleaning, DamagedFactsAreNoticed) {
  const auto source = file("a.txt", "一二三\n");
  auto settings = options(source, "[length]\nleast=1\nmost=9\n");
  settings.part = Part{0, 1};
  clean(settings);
  settings.part.reset();
  for (const auto& entry : fs::recursive_directory_iterator(root_ / "out")) {
    if (entry.is_regular_file()) write_file(entry.path(), std::string(32, 'x'));
  }
  EXPECT_THROW(clean(settings), Error);
}

}  // namespace
}  // namespace cnclip::clean
