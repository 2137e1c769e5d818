#include "train/feature_cache.h"

#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include <array>
#include <map>
#include <numeric>

#include "augment/train_transform.h"
#include "base/error.h"
#include "base/test_errors.h"
#include "base/test_folder.h"
#include "cnclip/image.h"
#include "loader/test_pairs.h"

namespace cnclip {
namespace {

namespace fs = std::filesystem;

constexpr int kSize = 16, kWidth = 3;
constexpr std::size_t kImage = 3 * kSize * kSize;
using Row = std::array<float, kWidth>;

Row features_of(std::span<const std::uint8_t> pixels) {
  Row row{};
  for (std::size_t i = 0; i < pixels.size(); ++i) row[i % kWidth] += static_cast<float>(pixels[i] * (1 + i % 7));
  return row;
}

FeatureCacheOptions options_of(std::size_t chunk_pairs, int views = 0) {  // 0: not augmented
  FeatureCacheOptions options;
  options.width = kWidth;
  options.image_size = kSize;
  options.augment = views > 0;
  options.seed = 7;
  options.views = std::max(views, 1);
  options.threads = 2;
  options.chunk_pairs = chunk_pairs;
  return options;
}

Row expected_row(const Pair& pair, const FeatureCacheOptions& options, std::uint64_t view, std::uint64_t first) {
  std::vector<std::uint8_t> planes(kImage);
  const auto bytes = std::as_bytes(std::span(pair.image));
  if (options.augment) {
    decode_train_u8(bytes, "x", {options.seed, view, first}, kSize, planes);
  } else {
    decode_preprocess_u8(bytes, "x", kSize, planes);
  }
  return features_of(planes);
}

// Pictures with 2, 1, 3, 2, 1, 3, … captions.
std::vector<Pair> captioned_pairs(std::size_t count) {
  std::vector<Pair> made = sample_pairs(static_cast<std::int64_t>(count));
  for (std::size_t i = 0; i < count; ++i) {
    const Pair& of = made[i - std::array<std::size_t, 6>{0, 1, 0, 0, 1, 2}[i % 6]];
    made[i].image_id = of.image_id;
    made[i].image = of.image;
  }
  return made;
}

std::map<std::string, std::string> files_of(const fs::path& folder) {
  std::map<std::string, std::string> files;
  for (const auto& entry : fs::recursive_directory_iterator(folder)) {
    if (entry.is_regular_file()) files[fs::relative(entry.path(), folder)] = read_file(entry.path());
  }
  return files;
}

// One of several ranks, whose others need not be there.
class Rank final : public World {
 public:
  Rank(int rank, int size) : rank_(rank), size_(size) {}
  int rank() const override { return rank_; }
  int size() const override { return size_; }
  at::Tensor gather(const at::Tensor& mine) override { return mine; }
  double sum(double mine) override { return mine; }
  void add(at::Tensor&) override {}

 private:
  int rank_, size_;
};

class FeatureCacheFiles : public testing::Test {
 protected:
  at::Tensor encode(const Batch& pictures) {
    encoded_.push_back(pictures.count);
    at::Tensor rows = at::empty({pictures.count, kWidth});
    for (std::size_t i = 0; i < static_cast<std::size_t>(pictures.count); ++i) {
      std::ranges::copy(features_of(pictures.pixels.subspan(i * kImage, kImage)), rows.data_ptr<float>() + i * kWidth);
    }
    return rows;
  }
  void build(FeatureCache& cache, int rank = 0, int ranks = 1) {
    Rank world(rank, ranks);
    cache.build(
        world, [this](const Batch& pictures) { return encode(pictures); }, [](std::size_t, std::size_t) {});
  }
  static Row row_of(const FeatureCache& cache, std::uint64_t pair, std::int64_t image_id, std::uint64_t epoch = 0) {
    TrainBatch batch;
    batch.count = 1;
    batch.position.epoch = epoch;
    batch.pairs = {pair};
    batch.image_ids = {image_id};
    const at::Tensor rows = cache.features(batch);
    Row row;
    std::copy_n(rows.data_ptr<float>(), kWidth, row.begin());
    return row;
  }

  TestFolder folder_;
  fs::path path_ = folder_ / "cache";
  std::vector<std::int64_t> encoded_;
};

TEST_F(FeatureCacheFiles, HoldsTheFeaturesOfEachPictureOnce) {
  const std::vector<Pair> pairs = captioned_pairs(20);
  FeatureCache cache(path_, std::make_shared<MemoryPairs>(pairs), options_of(6));
  build(cache);
  EXPECT_EQ(std::reduce(encoded_.begin(), encoded_.end()), 10);
  for (std::size_t i = 0; i < pairs.size(); ++i) {
    EXPECT_EQ(row_of(cache, i, pairs[i].image_id), expected_row(pairs[i], options_of(6), 0, 0));
  }
  EXPECT_EQ(files_of(path_).size(), 4u);
}

TEST_F(FeatureCacheFiles, ViewsTakeTurnsAndAreAugmentedByTheirNumber) {
  const std::vector<Pair> pairs = captioned_pairs(12);
  const auto options = options_of(6, 3);
  FeatureCache cache(path_, std::make_shared<MemoryPairs>(pairs), options);
  build(cache);
  for (std::uint64_t epoch = 0; epoch < 7; ++epoch) {
    for (std::size_t i = 0; i < pairs.size(); ++i) {
      std::size_t first = i;
      while (first % 6 != 0 && pairs[first - 1].image_id == pairs[i].image_id) --first;
      EXPECT_EQ(row_of(cache, i, pairs[i].image_id, epoch), expected_row(pairs[i], options, epoch % 3, first));
    }
  }
  EXPECT_NE(row_of(cache, 0, 0, 0), row_of(cache, 0, 0, 1));
}

TEST_F(FeatureCacheFiles, RanksMakeTheSameFilesAsOneProcess) {
  const auto pairs = std::make_shared<MemoryPairs>(captioned_pairs(40));
  FeatureCache one(path_, pairs, options_of(7));
  build(one);
  for (int rank = 2; rank >= 0; --rank) {  // the last to come finds all
    FeatureCache several(folder_ / "ranks", pairs, options_of(7));
    if (rank > 0) {
      EXPECT_THROW(build(several, rank, 3), Error);  // where the others' are not there
    } else {
      build(several, rank, 3);
    }
  }
  EXPECT_EQ(files_of(path_), files_of(folder_ / "ranks"));
}

TEST_F(FeatureCacheFiles, WhatWasInterruptedGoesOnWithTheChunksThatAreMissing) {
  const auto pairs = std::make_shared<MemoryPairs>(sample_pairs(40));
  FeatureCache cache(path_, pairs, options_of(10));
  SingleProcess world;
  const auto failing = [this](const Batch& pictures) {
    if (encoded_.size() == 2) throw_unavailable("the power is off");
    return encode(pictures);
  };
  EXPECT_THROW(cache.build(world, failing, [](std::size_t, std::size_t) {}), Error);
  EXPECT_EQ(files_of(path_).size(), 2u);
  build(cache);
  EXPECT_EQ(encoded_.size(), 4u);
  build(cache);
  EXPECT_EQ(encoded_.size(), 4u);  // all is there
}

TEST_F(FeatureCacheFiles, PairsOfDamagedPicturesAreLeftOutByTheLoader) {
  FeatureCache cache(path_, std::make_shared<DamagedPairs>(), options_of(4));
  build(cache);
  const auto usable = cache.usable_pairs();
  EXPECT_EQ(usable->size(), 10u);
  expect_bad_input([&] { usable->get(3, PairParts::text); }, "pair 3");
  expect_bad_input([&] { usable->get(4, PairParts::text); }, "pair 4");
  EXPECT_EQ(usable->get(5, PairParts::text).image_id, 5);
  EXPECT_EQ(row_of(cache, 5, 5), expected_row(sample_pair(5), options_of(4), 0, 0));
}

TEST_F(FeatureCacheFiles, FilesOfOtherDataOrBrokenOnesAreRefused) {
  FeatureCache cache(path_, std::make_shared<MemoryPairs>(sample_pairs(10)), options_of(10));
  build(cache);
  expect_bad_input([&] { row_of(cache, 3, 4); }, "pair 3");
  FeatureCache more(path_, std::make_shared<MemoryPairs>(sample_pairs(11)), options_of(11));
  expect_bad_input([&] { build(more); }, "000000.safetensors: 10 pairs");
  const fs::path file = path_ / "view-0" / "000000.safetensors";
  fs::resize_file(file, fs::file_size(file) - 4);
  expect_bad_input([&] { build(cache); }, "000000.safetensors");
}

}  // namespace
}  // namespace cnclip
