#include "search/nearest/lists.h"

#include <gtest/gtest.h>

#include "search/nearest/test_vectors.h"

namespace cnclip::search {
namespace {

TEST(Lists, EachRowIsInThatOfTheCentreWithTheLargestProduct) {
  constexpr std::size_t kWidth = 20;
  for (const std::size_t lists : {3u, 300u}) {
    const RowBlock centres = centre_block(random_vectors(lists, kWidth, 1), kWidth);
    for (const std::size_t count : {1u, 258u, 700u}) {  // a part of two, which are multiplied one by one
      const auto rows = random_vectors(count, kWidth, 2);
      VectorStore store(kWidth);
      add_vectors(store, rows);
      const auto snapshot = store.snapshot();
      const ListsOfRows assigned = assign_lists(*snapshot, centres, 2);
      ASSERT_EQ(assigned.size(), snapshot->blocks.size());
      std::size_t seen = 0;
      for (std::size_t block = 0; block < assigned.size(); ++block) {
        ASSERT_EQ(assigned[block].size(), snapshot->blocks[block].count);
        for (std::size_t at = 0; at < assigned[block].size(); ++at, ++seen) {
          const QueryCode row(snapshot->vector(snapshot->blocks[block], at));
          EXPECT_EQ(assigned[block][at], nearest_lists(centres, row, 1).at(0)) << lists << ' ' << count << ' ' << at;
        }
      }
      EXPECT_EQ(seen, count);
    }
  }
}

TEST(Lists, TheNearestAreInOrder) {
  constexpr std::size_t kWidth = 20, kLists = 300;
  const auto values = random_vectors(kLists, kWidth, 1), query = random_vectors(1, kWidth, 2);
  const RowBlock centres = centre_block(values, kWidth);
  const auto product = [&](std::uint32_t list) {
    return exact_product(query, std::span(values).subspan(list * kWidth, kWidth));
  };
  const auto order = nearest_lists(centres, QueryCode(query), kLists);
  ASSERT_EQ(order.size(), kLists);
  for (std::size_t i = 1; i < kLists; ++i) EXPECT_GE(product(order[i - 1]), product(order[i]) - 0.02f) << i;
}

}  // namespace
}  // namespace cnclip::search
