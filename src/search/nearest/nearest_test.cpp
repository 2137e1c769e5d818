#include "search/nearest/nearest.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <map>
#include <thread>

#include "base/test_errors.h"
#include "search/nearest/codes.h"
#include "search/nearest/test_vectors.h"

namespace cnclip::search {
namespace {

constexpr std::size_t kWidth = 48;

// Every row looked at, one by one.
std::vector<Neighbor> plainly(const std::map<std::int64_t, std::vector<float>>& rows, std::span<const float> query,
                              std::size_t k) {
  std::vector<Neighbor> all;
  for (const auto& [row, vector] : rows) all.push_back({row, exact_product(query, vector)});
  std::ranges::stable_sort(all, std::greater(), &Neighbor::product);
  all.resize(std::min(k, all.size()));
  return all;
}

void expect_same(const std::vector<Neighbor>& found, const std::vector<Neighbor>& expected) {
  ASSERT_EQ(found.size(), expected.size());
  for (std::size_t i = 0; i < found.size(); ++i) {
    EXPECT_EQ(found[i].row, expected[i].row) << i;
    EXPECT_EQ(found[i].product, expected[i].product) << i;
  }
}

struct World {
  VectorStore store{static_cast<std::int64_t>(kWidth)};
  std::map<std::int64_t, std::vector<float>> rows;

  void set(std::int64_t row, std::span<const float> vector) {
    store.set(row, vector);
    rows[row] = {vector.begin(), vector.end()};
  }
  void remove(std::int64_t row) {
    store.remove(row);
    rows.erase(row);
  }
};

TEST(Nearest, IsWhatLookingAtEachGivesAfterAnyChanges) {
  World world;
  Random random(3);
  const auto vectors = random_vectors(12000, kWidth, 4, 20), queries = random_vectors(5, kWidth, 5, 20);
  const auto vector = [&](std::uint64_t i) { return std::span(vectors).subspan(i * kWidth, kWidth); };
  for (std::uint64_t i = 0; i < 10000; ++i) world.set(static_cast<std::int64_t>(3 * i), vector(i));
  for (int i = 0; i < 3000; ++i) {
    const auto row = static_cast<std::int64_t>(random.next() % 30000);
    if (random.next() % 2 == 0)
      world.remove(row);
    else
      world.set(row, vector(random.next() % 12000));  // some equal vectors among them
  }
  world.store.publish();
  const auto snapshot = world.store.snapshot();
  EXPECT_EQ(snapshot->count, std::ssize(world.rows));
  for (const std::int64_t k : {1, 10, 500, 50000}) {
    for (const int threads : {1, 3}) {
      const auto found = nearest(*snapshot, queries, {k, nullptr, false, threads});
      for (std::size_t q = 0; q < 5; ++q) {
        EXPECT_TRUE(found[q].exact);
        expect_same(found[q].neighbors,
                    plainly(world.rows, std::span(queries).subspan(q * kWidth, kWidth), static_cast<std::size_t>(k)));
      }
    }
  }
}

TEST(Nearest, FindsKRowsThatAreAllowed) {
  World world;
  const auto vectors = random_vectors(6000, kWidth, 4), query = random_vectors(1, kWidth, 9);
  for (std::size_t i = 0; i < 6000; ++i)
    world.set(static_cast<std::int64_t>(i + 1), std::span(vectors).subspan(i * kWidth, kWidth));
  world.store.publish();
  for (const std::int64_t step : {1, 7, 1500}) {
    std::vector<std::int64_t> rows;
    std::map<std::int64_t, std::vector<float>> allowed;
    for (std::int64_t row = step; row <= 6000; row += step) {
      rows.push_back(row);
      allowed[row] = world.rows[row];
    }
    rows.push_back(1'000'000);  // not there
    const RowSet set(rows);
    expect_same(nearest(*world.store.snapshot(), query, {20, &set, false, 2})[0].neighbors,
                plainly(allowed, query, 20));
  }
  const RowSet none{{}};
  EXPECT_TRUE(nearest(*world.store.snapshot(), query, {20, &none, false, 2})[0].neighbors.empty());
}

TEST(Nearest, OfEqualVectorsTheLowerRowComesFirst) {
  World world;
  const auto vector = random_vectors(1, kWidth, 1);
  for (const std::int64_t row : {900, 5, 40, 7, 3000}) world.set(row, vector);
  world.store.publish();
  const auto found = nearest(*world.store.snapshot(), vector, {3, nullptr, false, 1})[0].neighbors;
  EXPECT_EQ(found[0].row, 5);
  EXPECT_EQ(found[1].row, 7);
  EXPECT_EQ(found[2].row, 40);
}

TEST(Nearest, OfNothingIsNothing) {
  const VectorStore store(kWidth);
  EXPECT_TRUE(nearest(*store.snapshot(), random_vectors(1, kWidth, 1), {})[0].neighbors.empty());
}

TEST(VectorStore, RefusesWhatIsNotAUnitVectorOfItsWidth) {
  VectorStore store(kWidth);
  expect_bad_input([&] { store.set(7, std::vector<float>(kWidth, 1.0f)); }, "row 7 has the square 48, not 1");
  expect_bad_input([&] { store.set(7, std::vector<float>(3)); }, "row 7 has 3 values, not 48");
  expect_bad_input([&] { store.set(7, std::vector<float>(kWidth, NAN)); }, "row 7");
}

TEST(VectorStore, IsSearchedWhileItChanges) {
  VectorStore store(kWidth);
  const auto vectors = random_vectors(9000, kWidth, 1);
  add_vectors(store, std::span(vectors).first(10 * kWidth));
  std::atomic<bool> done = false;
  std::vector<std::jthread> readers;
  for (int i = 0; i < 2; ++i) {
    readers.emplace_back([&] {
      while (!done) {
        const auto snapshot = store.snapshot();
        const auto found = nearest(*snapshot, std::span(vectors).first(kWidth), {5, nullptr, false, 1});
        ASSERT_EQ(found[0].neighbors.size(), 5u);
        ASSERT_EQ(found[0].neighbors[0].row, 1);
      }
    });
  }
  for (std::size_t i = 10; i < 9000; ++i) {
    store.set(static_cast<std::int64_t>(i + 1), std::span(vectors).subspan(i * kWidth, kWidth));
    if (i % 3 == 0) store.remove(static_cast<std::int64_t>(i - 2));
    if (i % 50 == 0) store.publish();
  }
  done = true;
}

}  // namespace
}  // namespace cnclip::search
