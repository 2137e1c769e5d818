#include "search/nearest/sample.h"

#include <algorithm>

#include "base/random.h"

namespace cnclip::search {

VectorSample sample_vectors(const Snapshot& snapshot, std::size_t count) {
  // Rows get a random number each, that depends on nothing else: a library that grows keeps most of its sample, and
  // how its rows are arranged in blocks does not matter.
  struct Ticket {
    std::uint64_t number;
    std::uint32_t block, at;
    bool operator<(const Ticket& other) const { return number < other.number; }
  };
  std::vector<Ticket> tickets;
  tickets.reserve(static_cast<std::size_t>(snapshot.count));
  for (std::uint32_t block = 0; block < snapshot.blocks.size(); ++block) {
    const RowBlock& rows = snapshot.blocks[block];
    for (std::uint32_t at = 0; at < rows.count; ++at) {
      if (rows.holds(at)) tickets.push_back({Random(static_cast<std::uint64_t>(rows.rows[at])).next(), block, at});
    }
  }
  count = std::min(count, tickets.size());
  std::nth_element(tickets.begin(), tickets.begin() + static_cast<std::ptrdiff_t>(count), tickets.end());
  tickets.resize(count);
  std::sort(tickets.begin(), tickets.end());
  VectorSample sample;
  sample.vectors.reserve(count * static_cast<std::size_t>(snapshot.width));
  for (const Ticket& ticket : tickets) {
    const RowBlock& block = snapshot.blocks[ticket.block];
    sample.rows.push_back(block.rows[ticket.at]);
    const auto vector = snapshot.vector(block, ticket.at);
    sample.vectors.insert(sample.vectors.end(), vector.begin(), vector.end());
  }
  return sample;
}

}  // namespace cnclip::search
