#include "loader/open_pairs.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <map>
#include <set>

#include "base/base64.h"
#include "base/error.h"
#include "base/file.h"
#include "base/test_errors.h"
#include "base/test_folder.h"
#include "data/convert.h"
#include "data/formats/official.h"
#include "loader/loader.h"

namespace cnclip {
namespace {

namespace fs = std::filesystem;
using Known = std::tuple<std::int64_t, std::int64_t, std::string, std::string>;

class OpenPairs : public testing::Test {
 protected:
  void SetUp() override { fs::create_directories(official_); }

  void write_made() {
    std::string images;
    for (int i = 0; i < 5; ++i) images += fmt::format("{}\t{}\n", 7 * i, encode_base64(fmt::format("image {}", i)));
    write_file(official_ / "train_imgs.tsv", images);
    write_file(official_ / "train_texts.jsonl",
               "{\"text_id\": 1, \"text\": \"一\", \"image_ids\": [0, 7]}\n"
               "{\"text_id\": 2, \"text\": \"二\", \"image_ids\": [0]}\n"
               "{\"text_id\": 3, \"text\": \"三\", \"image_ids\": [21, 28]}\n");
  }
  void convert(DataFormat format, const fs::path& target, std::size_t shard_size) {
    ConvertSettings settings;
    settings.format = format;
    settings.split = "train";
    settings.shard_size = shard_size;
    settings.fault = [](const std::string& fault) { ADD_FAILURE() << fault; };
    convert_dataset(*open_dataset(official_, "train"), target, settings);
  }
  // The official folder and what is converted from it.
  std::vector<std::shared_ptr<const PairStore>> stores(std::size_t shard_size) {
    convert(DataFormat::shards, shards_, shard_size);
    convert(DataFormat::lmdb, lmdb_, shard_size);
    return {open_pairs(official_, "train"), open_pairs(shards_, "train"), open_pairs(lmdb_, "")};
  }
  static std::multiset<Known> all_of(const PairStore& store) {
    std::multiset<Known> all;
    for (std::size_t i = 0; i < store.size(); ++i) {
      Pair pair = store.get(i);
      EXPECT_NE(pair.where, "");
      all.emplace(pair.image_id, pair.text_id, std::move(pair.image), std::move(pair.text));
    }
    return all;
  }
  static void cut_in_half(const fs::path& path) { fs::resize_file(path, fs::file_size(path) / 2); }

  TestFolder folder_;
  fs::path official_ = folder_ / "official", shards_ = folder_ / "shards", lmdb_ = folder_ / "lmdb";
};

TEST_F(OpenPairs, AllFormsHoldTheSame) {
  write_made();
  const auto forms = stores(2);
  const auto expected = all_of(*forms[0]);
  ASSERT_EQ(expected.size(), 5u);
  std::set<std::int64_t> images, texts;
  for (const auto& [image_id, text_id, image, text] : expected) {
    images.insert(image_id);
    texts.insert(text_id);
    EXPECT_GE(std::min(image_id, text_id), 0);
  }
  EXPECT_EQ(images.size(), 4u);
  EXPECT_EQ(texts.size(), 3u);
  for (const auto& form : forms) EXPECT_EQ(all_of(*form), expected);
  // Image 14, in the second shard, has no caption.
  EXPECT_EQ(forms[1]->shard_sizes(), (std::vector<std::size_t>{3, 1, 1}));
}

TEST_F(OpenPairs, ABrokenPairThrowsAlone) {
  write_made();
  std::ofstream(official_ / "train_texts.jsonl", std::ios::app)
      << "{\"text_id\": 4, \"text\": \"四\", \"image_ids\": [99]}\nno JSON\n";
  const auto store = open_pairs(official_, "train");
  ASSERT_EQ(store->size(), 7u);
  EXPECT_EQ(store->get(4).text, "三");
  expect_bad_input([&] { store->get(5); }, "has no image 99");
  expect_bad_input([&] { store->get(6); }, "not a JSON object");
}

TEST_F(OpenPairs, BrokenJsonInAShardIsOneBrokenPair) {
  write_made();
  convert(DataFormat::shards, shards_, 10);
  std::string tar = read_file(shards_ / "train-000000.tar");
  tar[tar.find("{\"image_id\"")] = '!';
  write_file(shards_ / "train-000000.tar", tar);
  const auto store = open_pairs(shards_, "train");
  ASSERT_EQ(store->size(), 4u);
  expect_bad_input([&] { store->get(0); }, "train-000000.tar");
  EXPECT_EQ(store->get(1).text, "一");
}

TEST_F(OpenPairs, BrokenContainersAreNotOpened) {
  write_made();
  stores(10);
  expect_bad_input([&] { open_pairs(shards_, "valid"); }, "holds the split train");
  expect_bad_input([&] { open_pairs(official_, "valid"); }, "nothing to train from");
  cut_in_half(shards_ / "train-000000.tar");
  expect_bad_input([&] { open_pairs(shards_, "train"); }, "the manifest says");
  cut_in_half(lmdb_ / "imgs" / "data.mdb");
  expect_bad_input([&] { open_pairs(lmdb_, "train"); }, "the manifest says");
  fs::remove(lmdb_ / "manifest.json");
  expect_bad_input([&] { open_pairs(lmdb_, "train"); }, "data.mdb");
  write_file(official_ / "train_texts.jsonl", "");
  expect_bad_input([&] { open_pairs(official_, "train"); }, "no pairs");
  fs::remove(official_ / "train_imgs.tsv");
  expect_bad_input([&] { open_pairs(official_, "train"); }, "train_imgs.tsv");
}

// The test split of flickr8k-cn, as the official recipe writes it.
TEST_F(OpenPairs, AnEpochOfRealPairsOverTwoRanks) {
  const char* data = std::getenv("CNCLIP_TEST_DATA");
  const fs::path flickr = fs::path(data ? data : "") / "flickr8k-cn";
  if (!fs::exists(flickr / "images.tsv")) GTEST_SKIP() << "no flickr8k-cn under CNCLIP_TEST_DATA";
  std::ifstream list(flickr / "images.tsv");
  std::string images;
  for (std::string id, file; list >> id >> file;) {
    if (file.starts_with("test_imgs/")) images += id + "\t" + encode_base64(read_file(flickr / file)) + "\n";
  }
  write_file(official_ / "train_imgs.tsv", images);
  fs::copy_file(flickr / "test_texts.jsonl", official_ / "train_texts.jsonl");

  const auto forms = stores(100);
  const auto expected = all_of(*forms[0]);
  ASSERT_EQ(expected.size(), 1196u);  // 26 batches of 46
  std::map<std::pair<std::int64_t, std::int64_t>, int> counts;
  for (const auto& [image_id, text_id, image, text] : expected) ++counts[{image_id, text_id}];
  for (const auto& form : forms) {
    EXPECT_TRUE(all_of(*form) == expected);
    LoaderOptions options;
    options.image_size = 32;
    options.ranks = 2;
    options.threads = 3;
    options.batch_size = 23;
    auto seen = counts;
    for (options.rank = 0; options.rank < 2; ++options.rank) {
      Loader loader(form, Tokenizer::chinese(), options);
      for (std::uint64_t i = 0; i < loader.batches_per_epoch(); ++i) {
        const TrainBatch batch = loader.next();
        for (std::size_t row = 0; row < batch.count; ++row) --seen[{batch.image_ids[row], batch.text_ids[row]}];
      }
      EXPECT_EQ(loader.damaged(), 0u);
    }
    EXPECT_TRUE(std::ranges::all_of(seen, [](const auto& each) { return each.second == 0; }));
  }
}

}  // namespace
}  // namespace cnclip
