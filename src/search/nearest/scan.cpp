#include "search/nearest/scan.h"

#include "search/nearest/query_group.h"

namespace cnclip::search {
namespace {

constexpr std::size_t kTile = 256;  // rows whose codes stay in the second-level cache while the queries pass
constexpr std::size_t kChunk = 64;  // products that are compared at once

// Upper bounds of the products; whether any reaches `floor`. Written for the compiler to vectorize.
bool bound(const std::int32_t* products, const float* scales, const float* errors, std::size_t count,
           const QueryCode& query, float floor, float* upper) {
  int any = 0;
  for (std::size_t i = 0; i < count; ++i) {
    upper[i] = query.scale() * scales[i] * static_cast<float>(products[i]) + query.length() * errors[i] + query.slack();
    any |= int{upper[i] >= floor};
  }
  return any != 0;
}

bool better(const Neighbor& a, const Neighbor& b) {  // a heap by this has the worst in front
  return a.product > b.product || (a.product == b.product && a.row < b.row);
}

// Looks through a piece of a block.
class PieceScan {
 public:
  PieceScan(const Snapshot& snapshot, const Piece& piece, const RowSet* allowed)
      : block_(snapshot.blocks[piece.block]), number_(piece.block), allowed_(allowed) {}

  // `products` of the query with `count` rows from `first` on.
  void look(const QueryCode& query, std::size_t first, std::size_t count, const std::int32_t* products,
            Shortlist& shortlist) const {
    float upper[kChunk];
    for (std::size_t begin = 0; begin < count; begin += kChunk) {
      const std::size_t at = first + begin, rows = std::min(kChunk, count - begin);
      if (!bound(products + begin, block_.scales + at, block_.errors + at, rows, query, shortlist.floor(), upper))
        continue;
      for (std::size_t i = 0; i < rows; ++i) offer(query, at + i, upper[i], shortlist);
    }
  }

 private:
  void offer(const QueryCode& query, std::size_t at, float upper, Shortlist& shortlist) const {
    if (upper < shortlist.floor() || !block_.holds(at)) return;
    if (allowed_ != nullptr && !allowed_->contains(block_.rows[at])) return;
    const float lower = upper - 2 * (query.length() * block_.errors[at] + query.slack());
    shortlist.offer(lower, {upper, number_, static_cast<std::uint32_t>(at)});
  }

  const RowBlock& block_;
  const std::uint32_t number_;
  const RowSet* allowed_;
};

// Queries that are multiplied together, where that is worth it; the others are left in `asking`.
std::vector<QueryGroup> groups_of(std::span<const QueryCode> queries, std::span<const std::uint32_t>& asking) {
  constexpr std::size_t kWorth = 3;  // fewer are as fast one by one
  std::vector<QueryGroup> groups;
  while (asking.size() >= kWorth && QueryGroup::available()) {
    const std::size_t size = std::min(asking.size(), QueryGroup::kMost);
    groups.emplace_back(queries, asking.first(size));
    asking = asking.subspan(size);
  }
  return groups;
}

}  // namespace

void scan(const Snapshot& snapshot, const Piece& piece, std::span<const QueryCode> queries,
          std::span<const std::uint32_t> asking, const RowSet* allowed, std::span<Shortlist> shortlists) {
  const PieceScan scan(snapshot, piece, allowed);
  const RowBlock& block = snapshot.blocks[piece.block];
  const std::vector<QueryGroup> groups = groups_of(queries, asking);
  const std::size_t end = piece.first + piece.count;
  std::int32_t products[QueryGroup::kMost * kTile];
  for (std::size_t tile = piece.first; tile < end; tile += kTile) {
    const std::size_t count = std::min(kTile, end - tile);
    const std::uint8_t* codes = block.codes + tile * code_stride(snapshot.width);
    for (const QueryGroup& group : groups) {
      group.multiply(codes, count, products, kTile);
      for (std::size_t m = 0; m < group.members().size(); ++m) {
        const std::uint32_t q = group.members()[m];
        scan.look(queries[q], tile, count, products + m * kTile, shortlists[q]);
      }
    }
    for (const std::uint32_t q : asking) {
      queries[q].multiply(codes, count, products);
      scan.look(queries[q], tile, count, products, shortlists[q]);
    }
  }
}

std::vector<Neighbor> settle(const Snapshot& snapshot, Shortlist& shortlist, std::span<const float> query,
                             std::size_t k) {
  std::vector<Neighbor> best;  // a heap
  for (const Candidate& candidate : shortlist.candidates()) {
    if (best.size() == k && candidate.upper < best.front().product) break;
    const RowBlock& block = snapshot.blocks[candidate.block];
    const Neighbor found{block.rows[candidate.at], exact_product(query, snapshot.vector(block, candidate.at))};
    if (best.size() == k) {
      if (!better(found, best.front())) continue;
      std::ranges::pop_heap(best, better);
      best.pop_back();
    }
    best.push_back(found);
    std::ranges::push_heap(best, better);
  }
  std::ranges::sort_heap(best, better);
  return best;
}

}  // namespace cnclip::search
