#include "synth/dataset.h"

#include <gtest/gtest.h>

#include <cmath>
#include <map>
#include <nlohmann/json.hpp>
#include <set>

#include "base/file.h"
#include "base/sha256.h"
#include "synth/draw.h"

namespace cnclip::synth {
namespace {

namespace fs = std::filesystem;

class Dataset : public ::testing::Test {
 protected:
  void SetUp() override { fs::remove_all(root_); }
  void TearDown() override { fs::remove_all(root_); }
  fs::path root_ = fs::temp_directory_path() / "cnclip_synth_test";
};

TEST_F(Dataset, TheSameSeedGivesTheSameBytes) {
  DatasetOptions options{.seed = 5, .images = {20, 6, 6}, .side = 48};
  write_dataset(root_ / "a", options);
  write_dataset(root_ / "b", options);
  options.seed = 6;
  write_dataset(root_ / "c", options);
  int files = 0;
  for (const auto& entry : fs::directory_iterator(root_ / "a")) {
    ++files;
    const auto name = entry.path().filename();
    EXPECT_EQ(read_file(entry.path()), read_file(root_ / "b" / name)) << name;
    EXPECT_NE(read_file(entry.path()), read_file(root_ / "c" / name)) << name;
  }
  EXPECT_EQ(files, 10);
}

std::string sha256_of(const fs::path& file) {
  const std::string bytes = read_file(file);
  return sha256_hex(std::as_bytes(std::span(bytes)));
}

TEST_F(Dataset, WhatItGivesStaysTheSameFromReleaseToRelease) {
  write_dataset(root_, {.seed = 5, .images = {20, 6, 6}, .side = 48});
  EXPECT_EQ(sha256_of(root_ / "train_texts.jsonl"), "8e7b6c8d566e746e4972472c3fae8e90ff6cb645afe9edb964055613723a3a54");
  EXPECT_EQ(sha256_of(root_ / "train_scenes.jsonl"),
            "6928115fe086f20e016fdda6667a047a42e97d9798ab3ff43947a54e78ecf002");
  EXPECT_EQ(sha256_of(root_ / "test_texts.jsonl"), "7491e5403e1fbdcef5c224cfc5c2c87bebe802f94806d9b15e89cb8a9654246e");
  EXPECT_EQ(sha256_of(root_ / "synth.json"), "ad0d2196d0cdfa9ae063f12ae44fe5b9820695b8887d7589e12206435a93bc0c");
}

TEST_F(Dataset, EnglishSpeaksOfTheSamePictures) {
  DatasetOptions options{.seed = 5, .images = {20, 6, 6}, .side = 48};
  write_dataset(root_ / "zh", options);
  options.language = Language::en;
  write_dataset(root_ / "en", options);
  for (const std::string split : kSplits) {
    const std::string images = split + "_imgs.tsv", texts = split + "_texts.jsonl", scenes = split + "_scenes.jsonl";
    EXPECT_EQ(read_file(root_ / "zh" / images), read_file(root_ / "en" / images));
    for (const std::string& file : {texts, scenes}) {
      const std::string english = read_file(root_ / "en" / file);
      EXPECT_FALSE(english.empty());
      EXPECT_TRUE(std::ranges::all_of(english, [](char c) { return c == '\n' || (c >= ' ' && c <= '~'); })) << file;
    }
  }
  const auto summary = nlohmann::json::parse(read_file(root_ / "en" / "synth.json"));
  EXPECT_EQ(summary["held_out"].size(), static_cast<std::size_t>(kShapes * kColors / 8));
  EXPECT_EQ(summary["train"]["images"], 20);
}

TEST_F(Dataset, TextsNameTheirPicturesAndIdsAreUnique) {
  const auto reports = write_dataset(root_, {.seed = 1, .images = {40, 10, 10}, .side = 32});
  std::set<int> images, texts;
  for (const std::string split : kSplits) {
    std::set<int> here;
    std::istringstream lines(read_file(root_ / (split + "_imgs.tsv")));
    for (std::string line; std::getline(lines, line);) here.insert(std::stoi(line));
    for (const int id : here) EXPECT_TRUE(images.insert(id).second);
    std::istringstream json(read_file(root_ / (split + "_texts.jsonl")));
    for (std::string line; std::getline(json, line);) {
      const auto entry = nlohmann::json::parse(line);
      EXPECT_TRUE(texts.insert(entry["text_id"].get<int>()).second);
      EXPECT_FALSE(entry["image_ids"].empty());
      for (const int id : entry["image_ids"]) EXPECT_TRUE(here.contains(id));
      EXPECT_EQ(line.find("\\u"), std::string::npos);
    }
  }
  EXPECT_EQ(images.size(), 60u);
  EXPECT_EQ(texts.size(), reports[0].texts + reports[1].texts + reports[2].texts);
}

TEST(Scenes, HeldOutCombinationsAreInTestOnly) {
  const DatasetOptions options{.seed = 9, .images = {2000, 500, 500}, .side = 32};
  for (const int split : {0, 1}) {
    for (const Scene& scene : scenes_of(split, options)) {
      EXPECT_FALSE(held_out(scene.first.shape, scene.first.color));
      EXPECT_FALSE(scene.kind == Kind::pair && held_out(scene.second.shape, scene.second.color));
    }
  }
  const auto test = scenes_of(2, options);
  EXPECT_EQ(std::count_if(test.begin(), test.end(), [](const Scene& scene) { return held_out(scene); }), 250);
}

TEST(Scenes, EveryShapeAndColourIsKnownFromOtherCombinations) {
  std::map<int, std::set<bool>> shapes, colors;
  int out = 0;
  for (int shape = 0; shape < kShapes; ++shape) {
    for (int color = 0; color < kColors; ++color) {
      const bool held = held_out(static_cast<Shape>(shape), static_cast<Color>(color));
      shapes[shape].insert(held);
      colors[color].insert(held);
      out += held ? 1 : 0;
    }
  }
  EXPECT_EQ(out, kShapes * kColors / 8);
  for (const auto& [shape, kinds] : shapes) EXPECT_EQ(kinds.size(), 2u) << shape;
  for (const auto& [color, kinds] : colors) EXPECT_EQ(kinds.size(), 2u) << color;
}

TEST(Scenes, ClassesAreBalanced) {
  const auto scenes = scenes_of(0, {.seed = 2, .images = {6000, 0, 0}, .side = 32});
  std::map<int, int> shapes, colors, kinds, backgrounds;
  for (const Scene& scene : scenes) {
    ++shapes[static_cast<int>(scene.first.shape)];
    ++colors[static_cast<int>(scene.first.color)];
    ++kinds[static_cast<int>(scene.kind)];
    ++backgrounds[static_cast<int>(scene.background)];
  }
  const auto expect_even = [](const std::map<int, int>& counts, int classes, double slack) {
    ASSERT_EQ(counts.size(), static_cast<std::size_t>(classes));
    for (const auto& [value, count] : counts) EXPECT_NEAR(count * classes / 6000.0, 1, slack) << value;
  };
  expect_even(shapes, kShapes, 0.3);
  expect_even(colors, kColors, 0.3);
  expect_even(kinds, 3, 0.1);
  expect_even(backgrounds, kBackgrounds, 0.4);
}

TEST(Scenes, CaptionsPointToTheirPicture) {
  const DatasetOptions options{.seed = 4, .images = {0, 1000, 0}, .side = 32};
  const auto scenes = scenes_of(1, options);
  std::set<std::string> all;
  for (const Scene& scene : scenes) EXPECT_TRUE(all.insert(stated(scene, kAllClaims)).second);
  Truths truths(scenes);
  Random random(1);
  int captions = 0, ambiguous = 0;
  for (const Scene& scene : scenes) {
    const auto these = captions_of(scene, truths, random, Language::zh);
    EXPECT_GE(these.size(), 1u);
    EXPECT_LE(these.size(), 5u);
    std::set<std::string> texts;
    for (const Caption& caption : these) {
      EXPECT_TRUE(texts.insert(caption.text).second);
      ++captions;
      ambiguous += truths.count(scene, caption.claims) > 1 ? 1 : 0;
    }
  }
  EXPECT_LT(ambiguous, captions / 20);
}

TEST(Places, LieInsideThePictureAndApart) {
  Random random(8);
  for (int i = 0; i < 2000; ++i) {
    const Scene scene = random_scene(random, Novelty::known);
    const auto placed = place_objects(scene, random);
    ASSERT_EQ(static_cast<int>(placed.size()), scene.kind == Kind::pair ? 2 : scene.count);
    for (std::size_t a = 0; a < placed.size(); ++a) {
      for (const double v : {placed[a].centre.x, placed[a].centre.y}) {
        EXPECT_GT(v - placed[a].radius, 0);
        EXPECT_LT(v + placed[a].radius, 1);
      }
      if (scene.kind == Kind::pair && scene.relation == Relation::inside) continue;
      for (std::size_t b = 0; b < a; ++b) {
        const double apart =
            std::hypot(placed[a].centre.x - placed[b].centre.x, placed[a].centre.y - placed[b].centre.y);
        EXPECT_GT(apart, 0.98 * (placed[a].radius + placed[b].radius));
      }
    }
  }
}

TEST(Outlines, SeparateInsideFromOutside) {
  for (int shape = 0; shape < kShapes; ++shape) {
    int inside = 0, total = 0;
    for (double x = -1.2; x <= 1.2; x += 0.05) {
      for (double y = -1.2; y <= 1.2; y += 0.05, ++total) {
        const double away = outline(static_cast<Shape>(shape), {x, y});
        inside += away < 0 ? 1 : 0;
        EXPECT_TRUE(away > 0 || std::hypot(x, y) < 1.15) << shape << " " << x << " " << y;
      }
    }
    EXPECT_GT(inside, total / 12) << shape;
    EXPECT_LT(inside, total / 2) << shape;
  }
}

}  // namespace
}  // namespace cnclip::synth
