#include "search/nearest/nearest.h"

#include <cmath>
#include <numeric>

#include "base/error.h"
#include "base/threads.h"
#include "search/nearest/lists.h"
#include "search/nearest/scan.h"

namespace cnclip::search {
namespace {

constexpr std::int64_t kMostQueries = 256;  // together: their codes stay in the cache

// A piece, and the queries that look into it.
struct Visit {
  Piece piece;
  std::span<const std::uint32_t> queries;
};

// All that is looked into, first what is near to any query.
struct Plan {
  std::vector<std::vector<std::uint32_t>> queries;  // of each list; the last has all of them
  std::vector<Visit> visits;
};

// Each query to as many lists as `probes` says, and to the blocks that are in none.
Plan plan_visits(const Snapshot& snapshot, std::span<const QueryCode> codes, std::size_t probes, int threads) {
  const Partition* partition = probes > 0 ? snapshot.partition.get() : nullptr;
  const std::size_t lists = partition != nullptr ? partition->lists() : 0;
  Plan plan{std::vector<std::vector<std::uint32_t>>(lists + 1), {}};
  std::vector<std::vector<std::uint32_t>> near(codes.size());
  if (partition != nullptr) {
    each_on_threads(codes.size(), threads,
                    [&](std::size_t q, int) { near[q] = nearest_lists(partition->centres, codes[q], probes); });
  }
  std::vector<std::uint32_t> order;
  for (std::size_t place = 0; place < std::min(probes, lists); ++place) {
    for (std::uint32_t q = 0; q < codes.size(); ++q) {
      auto& queries = plan.queries[near[q][place]];
      if (queries.empty()) order.push_back(near[q][place]);
      queries.push_back(q);
    }
  }
  for (const std::uint32_t list : order) {
    for (const Piece& piece : partition->list(list)) plan.visits.push_back({piece, plan.queries[list]});
  }
  plan.queries.back().resize(codes.size());
  std::iota(plan.queries.back().begin(), plan.queries.back().end(), 0u);
  for (std::size_t i = partition != nullptr ? partition->blocks : 0; i < snapshot.blocks.size(); ++i) {
    const Piece whole{static_cast<std::uint32_t>(i), 0, static_cast<std::uint32_t>(snapshot.blocks[i].count)};
    plan.visits.push_back({whole, plan.queries.back()});
  }
  return plan;
}

// Threads take pieces, so that what is read of a piece serves all queries that want it.
void look_into(const Snapshot& snapshot, std::span<const Visit> visits, std::span<const QueryCode> codes,
               const RowSet* allowed, int threads, std::span<Shortlist> shortlists) {
  threads = std::clamp(threads, 1, std::max(1, static_cast<int>(visits.size())));
  std::vector<std::vector<Shortlist>> of_others(static_cast<std::size_t>(threads - 1),
                                                {shortlists.begin(), shortlists.end()});
  each_on_threads(visits.size(), threads, [&](std::size_t i, int thread) {
    const std::span<Shortlist> mine = thread == 0 ? shortlists : of_others[static_cast<std::size_t>(thread - 1)];
    scan(snapshot, visits[i].piece, codes, visits[i].queries, allowed, mine);
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
    const Plan plan = plan_visits(snapshot, codes, probes, threads);
    look_into(snapshot, plan.visits, codes, settings.allowed, threads, shortlists);
    each_on_threads(codes.size(), threads, [&](std::size_t i, int) {
      const auto query = queries.subspan((begin + i) * width, width);
      found[begin + i] = {settle(snapshot, shortlists[i], query, static_cast<std::size_t>(settings.k)), probes == 0};
    });
  }
  return found;
}

}  // namespace cnclip::search
