#include "search/nearest/nearest.h"

#include <atomic>
#include <cmath>

#include "base/error.h"
#include "base/threads.h"
#include "search/nearest/lists.h"
#include "search/nearest/scan.h"

namespace cnclip::search {
namespace {

constexpr std::int64_t kMostQueries = 256;  // together: their codes stay in the cache

std::vector<Piece> whole_blocks(const Snapshot& snapshot, std::size_t first) {
  std::vector<Piece> pieces;
  for (std::size_t block = first; block < snapshot.blocks.size(); ++block)
    pieces.push_back({static_cast<std::uint32_t>(block), 0, static_cast<std::uint32_t>(snapshot.blocks[block].count)});
  return pieces;
}

// Some lists, the nearest first, and the blocks that are in none.
std::vector<Piece> near_pieces(const Snapshot& snapshot, const QueryCode& code, std::size_t probes) {
  const Partition& partition = *snapshot.partition;
  std::vector<Piece> pieces;
  for (const std::uint32_t list : nearest_lists(partition.centres, code, probes)) {
    const auto of_list = partition.list(list);
    pieces.insert(pieces.end(), of_list.begin(), of_list.end());
  }
  const std::vector<Piece> newer = whole_blocks(snapshot, partition.blocks);
  pieces.insert(pieces.end(), newer.begin(), newer.end());
  return pieces;
}

// For all queries at once; threads take pieces.
void look_into(const Snapshot& snapshot, std::span<const Piece> pieces, std::span<const QueryCode> codes,
               const RowSet* allowed, int threads, std::span<Shortlist> shortlists) {
  threads = std::clamp(threads, 1, std::max(1, static_cast<int>(pieces.size())));
  std::vector<std::vector<Shortlist>> of_others(static_cast<std::size_t>(threads - 1),
                                                {shortlists.begin(), shortlists.end()});
  std::atomic<std::size_t> next = 0;
  on_threads(threads, [&](int thread) {
    const std::span<Shortlist> mine = thread == 0 ? shortlists : of_others[static_cast<std::size_t>(thread - 1)];
    for (std::size_t piece = next++; piece < pieces.size(); piece = next++)
      scan(snapshot, pieces[piece], codes, allowed, mine);
  });
  for (auto& other : of_others) {
    for (std::size_t q = 0; q < other.size(); ++q) shortlists[q].take(other[q]);
  }
}

// Lists to look into; 0: at everything.
std::size_t probes_for(const Snapshot& snapshot, const NearestSettings& settings) {
  if (snapshot.partition == nullptr || settings.exact || settings.k > 100) return 0;
  const Partition& partition = *snapshot.partition;
  auto probes = static_cast<double>(settings.k <= 10 ? partition.effort.probes_10 : partition.effort.probes_100);
  if (settings.allowed != nullptr) {  // as many allowed rows as there would be without a filter
    probes *=
        static_cast<double>(snapshot.count) / static_cast<double>(std::max<std::size_t>(1, settings.allowed->size()));
  }
  // From a third of the lists on, threads that go through all of the memory in order are as fast.
  return probes < static_cast<double>(partition.lists()) / 3 ? static_cast<std::size_t>(std::ceil(probes)) : 0;
}

}  // namespace

std::vector<Nearest> nearest(const Snapshot& snapshot, std::span<const float> queries,
                             const NearestSettings& settings) {
  const auto width = static_cast<std::size_t>(snapshot.width);
  if (settings.k < 1) throw_usage("the {} nearest: at least one is to be found", settings.k);
  if (width == 0 || queries.size() % width != 0)
    throw_internal("nearest: {} values of queries, the width is {}", queries.size(), width);
  const std::size_t count = queries.size() / width, probes = probes_for(snapshot, settings);
  const int threads = thread_count(settings.threads);
  std::vector<Nearest> found(count);

  for (std::size_t begin = 0; begin < count; begin += kMostQueries) {
    const std::size_t end = std::min(begin + kMostQueries, count);
    std::vector<QueryCode> codes;
    for (std::size_t q = begin; q < end; ++q) codes.emplace_back(queries.subspan(q * width, width));
    std::vector<Shortlist> shortlists(codes.size(), Shortlist(static_cast<std::size_t>(settings.k)));
    if (probes == 0) look_into(snapshot, whole_blocks(snapshot, 0), codes, settings.allowed, threads, shortlists);
    // Many queries: each thread looks into the lists of its own ones. Few: they share those of each.
    const int at_once = std::min(threads, static_cast<int>(codes.size()));
    std::atomic<std::size_t> next = 0;
    on_threads(at_once, [&](int) {
      for (std::size_t i = next++; i < codes.size(); i = next++) {
        if (probes != 0)
          look_into(snapshot, near_pieces(snapshot, codes[i], probes), {&codes[i], 1}, settings.allowed,
                    threads / at_once, {&shortlists[i], 1});
        found[begin + i] = {settle(snapshot, shortlists[i], queries.subspan((begin + i) * width, width),
                                   static_cast<std::size_t>(settings.k)),
                            probes == 0};
      }
    });
  }
  return found;
}

}  // namespace cnclip::search
