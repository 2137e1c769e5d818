#include "search/nearest/vector_cache.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>

#include "base/file.h"
#include "base/test_folder.h"
#include "search/nearest/nearest.h"
#include "search/nearest/test_vectors.h"

namespace cnclip::search {
namespace {

constexpr std::size_t kWidth = 32;

struct CacheTest : testing::Test {
  TestFolder folder;
  std::filesystem::path path = folder / "vectors.cache";
  VectorStore store{static_cast<std::int64_t>(kWidth)};
  std::vector<float> vectors = random_vectors(10000, kWidth, 1, 60), queries = random_vectors(40, kWidth, 2, 60);

  void SetUp() override {
    add_vectors(store, vectors);
    for (std::int64_t row = 5; row <= 10000; row += 5) store.remove(row);
    store.publish();
  }
  void write(std::size_t lists) { write_vector_cache(path, *store.snapshot(), {"mine", 42}, {lists, 0.95, {}, 2}); }
};

void expect_same(const std::vector<Nearest>& a, const std::vector<Nearest>& b) {
  ASSERT_EQ(a.size(), b.size());
  for (std::size_t q = 0; q < a.size(); ++q) {
    ASSERT_EQ(a[q].neighbors.size(), b[q].neighbors.size());
    for (std::size_t i = 0; i < a[q].neighbors.size(); ++i) {
      EXPECT_EQ(a[q].neighbors[i].row, b[q].neighbors[i].row);
      EXPECT_EQ(a[q].neighbors[i].product, b[q].neighbors[i].product);
    }
  }
}

TEST_F(CacheTest, HoldsWhatCounts) {
  for (const std::size_t lists : {0u, 100u}) {
    write(lists);
    const auto cached = open_vector_cache(path, "mine", kWidth);
    ASSERT_TRUE(cached);
    EXPECT_EQ(cached->origin.version, 42);
    EXPECT_EQ(cached->snapshot.count, 8000);
    const NearestSettings settings{10, nullptr, true, 2};
    expect_same(nearest(cached->snapshot, queries, settings), nearest(*store.snapshot(), queries, settings));
  }
}

TEST_F(CacheTest, ListsReachTheRecallThatWasMeasured) {
  write(100);
  VectorStore started(std::move(open_vector_cache(path, "mine", kWidth)->snapshot));
  const auto partition = started.snapshot()->partition;
  ASSERT_TRUE(partition);
  EXPECT_EQ(partition->lists(), 100u);
  EXPECT_GE(partition->effort.recall_10, 0.95);
  EXPECT_LT(partition->effort.probes_10, 34);
  const auto exact = nearest(*started.snapshot(), queries, {10, nullptr, true, 2});
  const auto found = nearest(*started.snapshot(), queries, {10, nullptr, false, 2});
  int hits = 0;
  for (std::size_t q = 0; q < 40; ++q) {
    EXPECT_FALSE(found[q].exact);
    for (const auto& neighbor : exact[q].neighbors) {
      hits += static_cast<int>(std::ranges::count(found[q].neighbors, neighbor.row, &Neighbor::row));
    }
  }
  EXPECT_GE(hits, 380);  // of 400; the recall was measured on other queries

  // What is newer is found at once, what is gone no more; a filter that leaves few looks at all.
  const std::span<const float> query = std::span(queries).first(kWidth);
  started.set(20000, query);
  started.publish();
  EXPECT_EQ(nearest(*started.snapshot(), query, {1, nullptr, false, 1})[0].neighbors[0].row, 20000);
  started.remove(20000);
  started.remove(exact[0].neighbors[0].row);
  started.publish();
  EXPECT_EQ(nearest(*started.snapshot(), query, {1, nullptr, true, 1})[0].neighbors[0].row, exact[0].neighbors[1].row);
  const std::vector<std::int64_t> few = {1, 2, 3, 4};
  const RowSet set(few);
  const auto rare = nearest(*started.snapshot(), query, {4, &set, false, 1});
  EXPECT_TRUE(rare[0].exact);
  EXPECT_EQ(rare[0].neighbors.size(), 4u);
}

TEST_F(CacheTest, AQueryAmongOthersFindsWhatItFindsAlone) {
  write(100);
  const auto cached = open_vector_cache(path, "mine", kWidth);
  ASSERT_TRUE(cached);
  for (const int threads : {1, 3}) {
    const NearestSettings settings{10, nullptr, false, threads};
    std::vector<Nearest> alone;
    for (std::size_t q = 0; q < 40; ++q)
      alone.push_back(nearest(cached->snapshot, std::span(queries).subspan(q * kWidth, kWidth), settings)[0]);
    const auto together = nearest(cached->snapshot, queries, settings);
    EXPECT_FALSE(together[0].exact);
    expect_same(together, alone);
  }
}

// Of a few queries it is known less surely what others need.
TEST_F(CacheTest, FewerQueriesAskForMoreLists) {
  const auto probes = [&](const std::vector<float>& asked) {
    write_vector_cache(path, *store.snapshot(), {"mine", 42}, {100, 0.8, asked, 2});
    return open_vector_cache(path, "mine", kWidth)->snapshot.partition->effort.probes_10;
  };
  const std::vector<float> few = random_vectors(8, kWidth, 5);  // far from all clusters: harder than the library's own
  std::vector<float> many;
  for (int i = 0; i < 30; ++i) many.insert(many.end(), few.begin(), few.end());
  EXPECT_GT(probes(few), probes(many));
  EXPECT_GT(probes(many), probes({}));
}

TEST_F(CacheTest, IsNotUsedForAnythingElse) {
  EXPECT_FALSE(open_vector_cache(path, "mine", kWidth));
  write(0);
  EXPECT_FALSE(open_vector_cache(path, "yours", kWidth));
  EXPECT_FALSE(open_vector_cache(path, "mine", kWidth + 1));
  EXPECT_FALSE(open_vector_cache(folder, "mine", kWidth));
}

TEST_F(CacheTest, IsNotUsedWhenItIsDamaged) {
  write(100);
  const std::string whole = read_file(path);
  Random random(1);
  for (int i = 0; i < 60; ++i) {
    std::string damaged = whole;
    const std::size_t at =
        i < 30 ? static_cast<std::size_t>(random.next() % 512) : static_cast<std::size_t>(random.next() % whole.size());
    damaged[at] = static_cast<char>(damaged[at] ^ (1 << random.next() % 8));
    write_file(path, damaged);
    EXPECT_FALSE(open_vector_cache(path, "mine", kWidth)) << at;
  }
  for (const std::size_t size : {std::size_t{0}, std::size_t{100}, whole.size() / 2, whole.size() - 1}) {
    write_file(path, whole.substr(0, size));
    EXPECT_FALSE(open_vector_cache(path, "mine", kWidth)) << size;
  }
  write_file(path, whole + "x");
  EXPECT_FALSE(open_vector_cache(path, "mine", kWidth));
  write_file(path, whole);
  EXPECT_TRUE(open_vector_cache(path, "mine", kWidth));
}

TEST_F(CacheTest, OfAnEmptyStore) {
  write_vector_cache(path, *VectorStore(kWidth).snapshot(), {"mine", 1}, {});
  const auto cached = open_vector_cache(path, "mine", kWidth);
  ASSERT_TRUE(cached);
  EXPECT_EQ(cached->snapshot.count, 0);
}

}  // namespace
}  // namespace cnclip::search
