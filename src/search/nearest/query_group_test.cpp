#include "search/nearest/query_group.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "search/nearest/test_vectors.h"

namespace cnclip::search {
namespace {

TEST(QueryGroup, GivesEachMemberItsIntegers) {
  for (const std::size_t width : {5u, 512u, 1100u}) {
    for (const std::size_t count : {1u, 31u, 32u, 100u}) {
      const auto rows = random_vectors(count, width, 1), queries = random_vectors(20, width, 2);
      const std::size_t stride = code_stride(static_cast<std::int64_t>(width));
      std::vector<std::uint8_t> codes(count * stride);
      for (std::size_t i = 0; i < count; ++i)
        make_row_code(std::span(rows).subspan(i * width, width), &codes[i * stride]);
      std::vector<QueryCode> all;
      for (std::size_t q = 0; q < 20; ++q) all.emplace_back(std::span(queries).subspan(q * width, width));
      for (const std::vector<std::uint32_t>& members :
           {std::vector<std::uint32_t>{7}, {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15}, {19, 3, 11}}) {
        std::vector<std::int32_t> expected(count), found(QueryGroup::kMost * 100);
        QueryGroup(all, members).multiply(codes.data(), count, found.data(), 100);
        for (std::size_t m = 0; m < members.size(); ++m) {
          portable_code_kernel()(all[members[m]], codes.data(), count, expected.data());
          EXPECT_TRUE(std::ranges::equal(expected, std::span(found).subspan(100 * m, count))) << width << ' ' << m;
        }
      }
    }
  }
}

}  // namespace
}  // namespace cnclip::search
