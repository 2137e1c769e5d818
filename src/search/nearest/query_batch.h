// Queries that are asked of the same rows: in groups where that is quicker, the others one by one.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "search/nearest/codes.h"
#include "search/nearest/query_group.h"

namespace cnclip::search {

class QueryBatch {
 public:
  // Rows whose codes stay in the second-level cache while the queries pass.
  static constexpr std::size_t kMostRows = 256;

  // Those of the queries with the numbers in `asking`; both are to live as long.
  QueryBatch(std::span<const QueryCode> queries, std::span<const std::uint32_t> asking);

  // receive(query, products): what QueryCode::multiply gives each, with `count` rows of codes, kMostRows at most.
  template <typename Receive>
  void multiply(const std::uint8_t* codes, std::size_t count, Receive receive) const {
    std::int32_t products[QueryGroup::kMost * kMostRows];
    for (const QueryGroup& group : groups_) {
      group.multiply(codes, count, products, kMostRows);
      for (std::size_t m = 0; m < group.members().size(); ++m) receive(group.members()[m], products + m * kMostRows);
    }
    for (const std::uint32_t query : singles_) {
      queries_[query].multiply(codes, count, products);
      receive(query, products);
    }
  }

 private:
  std::span<const QueryCode> queries_;
  std::span<const std::uint32_t> singles_;
  std::vector<QueryGroup> groups_;
};

}  // namespace cnclip::search
