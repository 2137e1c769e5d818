#include "search/nearest/query_batch.h"

#include <algorithm>

namespace cnclip::search {

QueryBatch::QueryBatch(std::span<const QueryCode> queries, std::span<const std::uint32_t> asking)
    : queries_(queries), singles_(asking) {
  constexpr std::size_t kWorth = 3;  // fewer are as fast one by one
  while (singles_.size() >= kWorth && QueryGroup::available()) {
    const std::size_t size = std::min(singles_.size(), QueryGroup::kMost);
    groups_.emplace_back(queries, singles_.first(size));
    singles_ = singles_.subspan(size);
  }
}

}  // namespace cnclip::search
