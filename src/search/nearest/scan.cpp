#include "search/nearest/scan.h"

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

}  // namespace

void scan(const Snapshot& snapshot, const Piece& piece, std::span<const QueryCode> queries, const RowSet* allowed,
          std::span<Shortlist> shortlists) {
  const RowBlock& block = snapshot.blocks[piece.block];
  const std::size_t stride = code_stride(snapshot.width), end = piece.first + piece.count;
  std::int32_t products[kTile];
  float upper[kChunk];
  for (std::size_t tile = piece.first; tile < end; tile += kTile) {
    const std::size_t tile_end = std::min(tile + kTile, end);
    for (std::size_t q = 0; q < queries.size(); ++q) {
      const QueryCode& query = queries[q];
      query.multiply(block.codes + tile * stride, tile_end - tile, products);
      for (std::size_t begin = tile; begin < tile_end; begin += kChunk) {
        const std::size_t count = std::min(kChunk, tile_end - begin);
        if (!bound(products + (begin - tile), block.scales + begin, block.errors + begin, count, query,
                   shortlists[q].floor(), upper))
          continue;
        for (std::size_t i = 0; i < count; ++i) {
          const std::size_t at = begin + i;
          if (upper[i] < shortlists[q].floor() || !block.holds(at)) continue;
          if (allowed != nullptr && !allowed->contains(block.rows[at])) continue;
          const float lower = upper[i] - 2 * (query.length() * block.errors[at] + query.slack());
          shortlists[q].offer(lower, {upper[i], piece.block, static_cast<std::uint32_t>(at)});
        }
      }
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
