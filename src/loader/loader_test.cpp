#include "loader/loader.h"

#include <gtest/gtest.h>

#include <atomic>
#include <map>
#include <thread>

#include "augment/train_transform.h"
#include "base/error.h"
#include "loader/test_pairs.h"

namespace cnclip {
namespace {

constexpr int kSize = 16;
constexpr std::size_t kImage = 3 * kSize * kSize;

std::shared_ptr<const PairStore> dataset_of(std::int64_t count, std::vector<std::size_t> shards = {}) {
  return std::make_shared<MemoryPairs>(sample_pairs(count), std::move(shards));
}

LoaderOptions options_of(std::size_t batch_size) {
  LoaderOptions options;
  options.batch_size = batch_size;
  options.image_size = kSize;
  options.augment = true;
  options.seed = 7;
  options.threads = 2;
  return options;
}

std::vector<TrainBatch> take(Loader& loader, int count) {
  std::vector<TrainBatch> batches;
  for (int i = 0; i < count; ++i) batches.push_back(loader.next());
  return batches;
}

std::vector<TrainBatch> take(const std::shared_ptr<const PairStore>& dataset, const LoaderOptions& options, int count,
                             LoaderPosition start = {}) {
  Loader loader(dataset, Tokenizer::chinese(), options, start);
  return take(loader, count);
}

std::vector<std::uint8_t> pixels_of(const TrainBatch& batch) {
  return {batch.pixels.get(), batch.pixels.get() + batch.count * kImage};
}

void expect_same(const TrainBatch& a, const TrainBatch& b) {
  EXPECT_EQ(a.position.epoch, b.position.epoch);
  EXPECT_EQ(a.position.batch, b.position.batch);
  EXPECT_EQ(a.image_ids, b.image_ids);
  EXPECT_EQ(a.text_ids, b.text_ids);
  EXPECT_EQ(a.ids, b.ids);
  EXPECT_EQ(a.lengths, b.lengths);
  EXPECT_EQ(pixels_of(a), pixels_of(b));
}

TEST(Loader, ABatchHoldsWhatItsPairsSay) {
  LoaderOptions options = options_of(4);
  options.augment = false;
  for (const TrainBatch& batch : take(dataset_of(8), options, 2)) {
    ASSERT_EQ(batch.count, 4u);
    ASSERT_EQ(batch.lengths.size(), 4u);
    std::size_t at = 0;
    for (std::size_t row = 0; row < 4; ++row) {
      const Pair expected = sample_pair(batch.image_ids[row]);
      EXPECT_EQ(batch.text_ids[row], expected.text_id);
      const auto tokens = Tokenizer::chinese().encode(expected.text, 52, TextVariant::training).ids;
      const auto length = static_cast<std::size_t>(batch.lengths[row]);
      EXPECT_EQ(std::vector(batch.ids.begin() + at, batch.ids.begin() + at + length), tokens);
      at += length;
      std::vector<std::uint8_t> planes(kImage);
      decode_preprocess_u8(std::as_bytes(std::span(expected.image)), "x", kSize, planes);
      EXPECT_TRUE(std::ranges::equal(planes, std::span(batch.pixels.get() + row * kImage, kImage)));
    }
    EXPECT_EQ(at, batch.ids.size());
  }
}

TEST(Loader, AugmentsBySeedEpochAndSample) {
  std::map<std::int64_t, std::vector<std::uint8_t>> seen;
  for (const TrainBatch& batch : take(dataset_of(4), options_of(4), 2)) {
    for (std::size_t row = 0; row < 4; ++row) {
      const std::int64_t id = batch.image_ids[row];
      std::vector<std::uint8_t> planes(kImage);
      const DrawKey key{7, batch.position.epoch, static_cast<std::uint64_t>(id)};
      const Pair expected = sample_pair(id);
      decode_train_u8(std::as_bytes(std::span(expected.image)), "x", key, kSize, planes);
      EXPECT_TRUE(std::ranges::equal(planes, std::span(batch.pixels.get() + row * kImage, kImage)));
      EXPECT_NE(seen[id], planes);
      seen[id] = planes;
    }
  }
}

TEST(Loader, AnEpochHasEveryPairAndWrapsFromTheBeginning) {
  std::map<std::int64_t, int> counts;
  std::vector<std::vector<std::uint8_t>> of_zero;
  for (const TrainBatch& batch : take(dataset_of(10), options_of(4), 3)) {
    EXPECT_EQ(batch.position.epoch, 0u);
    for (std::size_t row = 0; row < 4; ++row) {
      ++counts[batch.image_ids[row]];
      const std::uint8_t* pixels = batch.pixels.get() + row * kImage;
      if (batch.image_ids[row] == 0) of_zero.emplace_back(pixels, pixels + kImage);
    }
  }
  for (std::int64_t id = 0; id < 10; ++id) EXPECT_EQ(counts[id], id < 2 ? 2 : 1);
  ASSERT_EQ(of_zero.size(), 2u);
  EXPECT_NE(of_zero[0], of_zero[1]);  // augmented anew
}

TEST(Loader, ThreadsDoNotMatter) {
  LoaderOptions options = options_of(8);
  options.threads = 1;
  const auto dataset = dataset_of(50, {20, 30});
  const auto one = take(dataset, options, 15);
  options.threads = 5;
  const auto five = take(dataset, options, 15);
  for (std::size_t i = 0; i < one.size(); ++i) expect_same(one[i], five[i]);
}

TEST(Loader, GoesOnFromAnyPosition) {
  LoaderOptions options = options_of(4);
  options.shards_at_once = 2;
  const auto dataset = dataset_of(30, {7, 8, 15});
  Loader whole(dataset, Tokenizer::chinese(), options);
  EXPECT_EQ(whole.batches_per_epoch(), 8u);
  std::vector<LoaderPosition> positions;
  std::vector<TrainBatch> batches;
  for (int i = 0; i < 20; ++i) {
    positions.push_back(whole.position());
    batches.push_back(whole.next());
  }
  EXPECT_EQ(batches.back().position.epoch, 2u);
  EXPECT_EQ(batches.back().position.batch, 3u);
  for (const std::size_t i : {1u, 7u, 8u, 18u}) {
    const auto again = take(dataset, options, 2, positions[i]);
    for (std::size_t k = 0; k < 2; ++k) expect_same(again[k], batches[i + k]);
  }
}

TEST(Loader, RanksShareTheGlobalBatch) {
  const auto dataset = dataset_of(50);
  LoaderOptions options = options_of(12);
  const auto whole = take(dataset, options, 10);
  options.batch_size = 4;
  options.ranks = 3;
  for (options.rank = 0; options.rank < 3; ++options.rank) {
    const auto part = take(dataset, options, 10);
    for (std::size_t i = 0; i < part.size(); ++i) {
      for (std::size_t row = 0; row < 4; ++row) {
        const std::size_t there = 3 * row + static_cast<std::size_t>(options.rank);
        EXPECT_EQ(part[i].image_ids[row], whole[i].image_ids[there]);
        EXPECT_TRUE(std::ranges::equal(std::span(part[i].pixels.get() + row * kImage, kImage),
                                       std::span(whole[i].pixels.get() + there * kImage, kImage)));
      }
    }
  }
}

TEST(Loader, ADamagedPairGivesItsPlaceToTheNextSoundOne) {
  LoaderOptions options = options_of(5);
  options.max_damaged = 3;
  const auto sound = take(dataset_of(10), options, 6);
  Loader loader(std::make_shared<DamagedPairs>(), Tokenizer::chinese(), options);
  const auto mended = take(loader, 6);
  for (std::size_t i = 0; i < mended.size(); ++i) {
    for (std::size_t row = 0; row < 5; ++row) {
      const std::int64_t id = sound[i].image_ids[row];
      EXPECT_EQ(mended[i].image_ids[row], id == 3 || id == 4 ? 5 : id == 9 ? 0 : id);
    }
  }
  EXPECT_EQ(loader.damaged(), 3u);  // over three epochs
  EXPECT_NE(loader.last_damage(), "");
}

TEST(Loader, WithoutPicturesTheRestIsTheSame) {
  LoaderOptions options = options_of(4);
  const auto whole = take(dataset_of(10), options, 5);
  options.pictures = false;
  const auto bare = take(dataset_of(10), options, 5);
  for (std::size_t i = 0; i < whole.size(); ++i) {
    EXPECT_EQ(bare[i].pixels, nullptr);
    EXPECT_EQ(bare[i].ids, whole[i].ids);
    EXPECT_EQ(bare[i].image_ids, whole[i].image_ids);
    EXPECT_EQ(bare[i].pairs, whole[i].pairs);
    for (std::size_t row = 0; row < bare[i].count; ++row) {
      EXPECT_EQ(bare[i].image_ids[row], static_cast<std::int64_t>(bare[i].pairs[row]));
    }
  }
}

TEST(Loader, TooMuchDamageEndsTheTraining) {
  LoaderOptions options = options_of(5);
  options.max_damaged = 2;
  Loader loader(std::make_shared<DamagedPairs>(), Tokenizer::chinese(), options);
  try {
    take(loader, 2);
    FAIL() << "three damaged pairs passed";
  } catch (const Error& error) {
    EXPECT_EQ(error.category(), ErrorCategory::bad_input);
    EXPECT_NE(std::string(error.what()).find("3 damaged pairs, the limit is 2"), std::string::npos) << error.what();
  }
}

TEST(Loader, ADatasetWithoutASoundPairEndsTheTraining) {
  std::vector<Pair> bad = sample_pairs(3);
  for (Pair& one : bad) one.image = "no picture";
  LoaderOptions options = options_of(1);
  options.max_damaged = 1000;
  EXPECT_THROW(take(std::make_shared<MemoryPairs>(bad), options, 1), Error);
}

class UnavailablePairs : public MemoryPairs {
 public:
  UnavailablePairs() : MemoryPairs(sample_pairs(10)) {}
  using MemoryPairs::get;
  Pair get(std::size_t, PairParts) const override { throw_unavailable("store: is away"); }
};

TEST(Loader, WhatIsNoDamageIsNotSkipped) {
  LoaderOptions options = options_of(1);
  options.max_damaged = 1000;
  try {
    take(std::make_shared<UnavailablePairs>(), options, 1);
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.category(), ErrorCategory::unavailable);
  }
}

class CountingPairs : public MemoryPairs {
 public:
  CountingPairs() : MemoryPairs(sample_pairs(100)) {}
  using MemoryPairs::get;
  Pair get(std::size_t index, PairParts parts) const override {
    ++calls;
    return MemoryPairs::get(index, parts);
  }
  mutable std::atomic<int> calls = 0;
};

TEST(Loader, StaysTwoBatchesAhead) {
  const auto dataset = std::make_shared<CountingPairs>();
  Loader loader(dataset, Tokenizer::chinese(), options_of(4));
  for (int taken = 1; taken < 10; ++taken) {
    loader.next();
    while (dataset->calls < 4 * (taken + 2)) std::this_thread::yield();
    for (int i = 0; i < 1000; ++i) std::this_thread::yield();
    EXPECT_EQ(dataset->calls, 4 * (taken + 2));
  }
}

TEST(Loader, RefusesWhatMakesNoSense) {
  const auto refused = [](std::int64_t count, void (*change)(LoaderOptions&), LoaderPosition start = {}) {
    LoaderOptions options = options_of(4);
    change(options);
    EXPECT_THROW(Loader(dataset_of(count), Tokenizer::chinese(), options, start), Error);
  };
  const auto unchanged = [](LoaderOptions&) {};
  refused(0, unchanged);
  refused(8, unchanged, {0, 2});
  refused(8, [](LoaderOptions& options) { options.batch_size = 0; });
  refused(8, [](LoaderOptions& options) { options.threads = 0; });
  refused(8, [](LoaderOptions& options) { options.image_size = 0; });
  refused(8, [](LoaderOptions& options) { options.rank = 1; });
  refused(8, [](LoaderOptions& options) { options.rank = -1; });
}

}  // namespace
}  // namespace cnclip
