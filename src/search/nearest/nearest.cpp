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

// All blocks, for all queries at once; threads take blocks.
void look_at_all(const Snapshot& snapshot, std::span<const QueryCode> codes, const NearestSettings& settings,
                 std::span<Shortlist> shortlists) {
  const int threads =
      std::clamp(thread_count(settings.threads), 1, std::max(1, static_cast<int>(snapshot.blocks.size())));
  std::vector<std::vector<Shortlist>> of_thread(static_cast<std::size_t>(threads));
  std::atomic<std::uint32_t> next = 0;
  on_threads(threads, [&](int thread) {
    auto& mine = of_thread[static_cast<std::size_t>(thread)];
    mine.assign(codes.size(), Shortlist(static_cast<std::size_t>(settings.k)));
    for (std::uint32_t block = next++; block < snapshot.blocks.size(); block = next++) {
      scan(snapshot, {block, 0, static_cast<std::uint32_t>(snapshot.blocks[block].count)}, codes, settings.allowed,
           mine);
    }
  });
  for (auto& mine : of_thread) {
    for (std::size_t q = 0; q < mine.size(); ++q) shortlists[q].take(mine[q]);
  }
}

// Some lists, and the blocks that are in none.
void look_into_lists(const Snapshot& snapshot, const QueryCode& code, std::size_t probes,
                     const NearestSettings& settings, Shortlist& shortlist) {
  const Partition& partition = *snapshot.partition;
  for (const std::uint32_t list : nearest_lists(partition.centres, code, probes)) {
    for (const Piece& piece : partition.list(list))
      scan(snapshot, piece, {&code, 1}, settings.allowed, {&shortlist, 1});
  }
  for (std::size_t block = partition.blocks; block < snapshot.blocks.size(); ++block) {
    scan(snapshot, {static_cast<std::uint32_t>(block), 0, static_cast<std::uint32_t>(snapshot.blocks[block].count)},
         {&code, 1}, settings.allowed, {&shortlist, 1});
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
  std::vector<Nearest> found(count);

  for (std::size_t begin = 0; begin < count; begin += kMostQueries) {
    const std::size_t end = std::min(begin + kMostQueries, count);
    std::vector<QueryCode> codes;
    for (std::size_t q = begin; q < end; ++q) codes.emplace_back(queries.subspan(q * width, width));
    std::vector<Shortlist> shortlists(codes.size(), Shortlist(static_cast<std::size_t>(settings.k)));
    if (probes == 0) look_at_all(snapshot, codes, settings, shortlists);
    std::atomic<std::size_t> next = 0;
    on_threads(std::min(thread_count(settings.threads), static_cast<int>(codes.size())), [&](int) {
      for (std::size_t i = next++; i < codes.size(); i = next++) {
        if (probes != 0) look_into_lists(snapshot, codes[i], probes, settings, shortlists[i]);
        found[begin + i] = {settle(snapshot, shortlists[i], queries.subspan((begin + i) * width, width),
                                   static_cast<std::size_t>(settings.k)),
                            probes == 0};
      }
    });
  }
  return found;
}

}  // namespace cnclip::search
