#include "search/nearest/scan.h"

#include "search/nearest/query_batch.h"

namespace cnclip::search {
namespace {

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

}  // namespace

void scan(const Snapshot& snapshot, const Piece& piece, std::span<const QueryCode> queries,
          std::span<const std::uint32_t> asking, const RowSet* allowed, std::span<Shortlist> shortlists) {
  const PieceScan scan(snapshot, piece, allowed);
  const RowBlock& block = snapshot.blocks[piece.block];
  const QueryBatch batch(queries, asking);
  const std::size_t end = piece.first + piece.count;
  for (std::size_t at = piece.first; at < end; at += QueryBatch::kMostRows) {
    const std::size_t count = std::min(QueryBatch::kMostRows, end - at);
    batch.multiply(block.codes + at * code_stride(snapshot.width), count,
                   [&](std::uint32_t q, const std::int32_t* products) {
                     scan.look(queries[q], at, count, products, shortlists[q]);
                   });
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
