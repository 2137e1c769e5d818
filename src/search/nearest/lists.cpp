#include "search/nearest/lists.h"

#include <cmath>
#include <limits>
#include <numeric>
#include <unordered_map>

#include "base/random.h"
#include "base/threads.h"
#include "search/nearest/query_batch.h"
#include "search/nearest/sample.h"

namespace cnclip::search {
namespace {

constexpr std::size_t kSampleOfList = 40;  // vectors that a centre is learnt from, on average
constexpr int kRounds = 8;
constexpr std::size_t kRowsAtOnce = 256;

// The list of each row of `values`: the one whose centre it has the largest product with, the first of several.
void assign_part(std::span<const float> values, std::size_t width, const RowBlock& centres,
                 std::span<std::uint32_t> lists) {
  std::vector<QueryCode> rows;
  for (std::size_t i = 0; i < lists.size(); ++i) rows.emplace_back(values.subspan(i * width, width));
  std::vector<std::uint32_t> all(rows.size());
  std::iota(all.begin(), all.end(), 0U);
  const QueryBatch batch(rows, all);
  std::vector<float> best(rows.size(), -std::numeric_limits<float>::infinity());
  for (std::size_t first = 0; first < centres.count; first += QueryBatch::kMostRows) {
    const std::size_t count = std::min(QueryBatch::kMostRows, centres.count - first);
    batch.multiply(centres.codes + first * code_stride(static_cast<std::int64_t>(width)), count,
                   [&](std::uint32_t row, const std::int32_t* products) {
                     for (std::size_t i = 0; i < count; ++i) {
                       const float product = centres.scales[first + i] * static_cast<float>(products[i]);
                       if (product <= best[row]) continue;
                       best[row] = product;
                       lists[row] = static_cast<std::uint32_t>(first + i);
                     }
                   });
  }
}

std::vector<std::uint32_t> assign(std::span<const float> values, std::size_t width, const RowBlock& centres,
                                  int threads) {
  std::vector<std::uint32_t> lists(values.size() / width);
  each_on_threads((lists.size() + kRowsAtOnce - 1) / kRowsAtOnce, threads, [&](std::size_t part, int) {
    const std::size_t first = part * kRowsAtOnce, count = std::min(kRowsAtOnce, lists.size() - first);
    assign_part(values.subspan(first * width, count * width), width, centres, std::span(lists).subspan(first, count));
  });
  return lists;
}

// The mean directions of the lists. A list that is empty starts again from a row of the sample.
std::vector<float> means_of(std::span<const float> sample, std::size_t width, std::span<const std::uint32_t> lists,
                            std::size_t count, Random& random) {
  std::vector<double> sums(count * width);
  for (std::size_t i = 0; i < lists.size(); ++i) {
    for (std::size_t j = 0; j < width; ++j) sums[lists[i] * width + j] += double{sample[i * width + j]};
  }
  std::vector<float> means(count * width);
  for (std::size_t list = 0; list < count; ++list) {
    const std::span<double> sum(&sums[list * width], width);
    double length = std::sqrt(std::inner_product(sum.begin(), sum.end(), sum.begin(), 0.0));
    if (!(length > 1e-6)) {
      const auto row = static_cast<std::size_t>(random.next() % lists.size());
      std::ranges::copy(sample.subspan(row * width, width), sum.begin());
      length = 1;
    }
    for (std::size_t j = 0; j < width; ++j) means[list * width + j] = static_cast<float>(sum[j] / length);
  }
  return means;
}

// A neighbour of a query, found once so many lists have been looked into.
struct FoundBy {
  std::uint32_t probes = 0, query = 0;
};

// How many lists must be looked into so that `share` of each query's neighbours are found, on average and with a
// standard error to spare: other queries will be asked than these. And the share that is found here.
std::pair<std::int64_t, double> probes_for_share(std::vector<FoundBy> neighbors, std::size_t queries, double share) {
  std::vector<double> of_query(queries), found(queries);
  for (const FoundBy& neighbor : neighbors) of_query[neighbor.query] += 1;
  const auto count = static_cast<double>(queries - static_cast<std::size_t>(std::ranges::count(of_query, 0.0)));
  std::ranges::sort(neighbors, {}, &FoundBy::probes);
  double sum = 0, squares = 0;
  for (std::size_t i = 0; i < neighbors.size(); ++i) {
    const std::uint32_t query = neighbors[i].query;
    const double before = found[query], after = before + 1 / of_query[query];
    found[query] = after;
    sum += after - before;
    squares += after * after - before * before;
    if (i + 1 < neighbors.size() && neighbors[i + 1].probes == neighbors[i].probes) continue;
    const double mean = sum / count, variance = std::max(0.0, squares / count - mean * mean);
    if (mean - std::sqrt(variance / count) >= share) return {neighbors[i].probes, mean};
  }
  return {neighbors.empty() ? 1 : neighbors.back().probes, 1};
}

}  // namespace

std::vector<std::uint32_t> nearest_lists(const RowBlock& centres, const QueryCode& query, std::size_t count) {
  std::vector<std::int32_t> products(centres.count);
  query.multiply(centres.codes, centres.count, products.data());
  std::vector<std::pair<float, std::uint32_t>> order(centres.count);
  for (std::size_t i = 0; i < centres.count; ++i)
    order[i] = {-centres.scales[i] * static_cast<float>(products[i]), static_cast<std::uint32_t>(i)};
  const auto end = order.begin() + static_cast<std::ptrdiff_t>(std::min(count, order.size()));
  std::partial_sort(order.begin(), end, order.end());
  std::vector<std::uint32_t> lists;
  for (auto i = order.begin(); i != end; ++i) lists.push_back(i->second);
  return lists;
}

RowBlock centre_block(std::vector<float> values, std::int64_t width) {
  struct Centres {
    std::vector<float> values, scales, errors;
    std::vector<std::uint8_t> codes;
  };
  auto made = std::make_shared<Centres>();
  made->values = std::move(values);
  const auto columns = static_cast<std::size_t>(width);
  const std::size_t count = made->values.size() / columns, stride = code_stride(width);
  made->codes.resize(count * stride);
  for (std::size_t i = 0; i < count; ++i) {
    const RowCode code = make_row_code(std::span(made->values).subspan(i * columns, columns), &made->codes[i * stride]);
    made->scales.push_back(code.scale);
    made->errors.push_back(code.error);
  }
  RowBlock block;
  block.count = count;
  block.vectors = made->values.data();
  block.codes = made->codes.data();
  block.scales = made->scales.data();
  block.errors = made->errors.data();
  block.owner = std::move(made);
  return block;
}

RowBlock train_centres(const Snapshot& snapshot, std::size_t lists, int threads) {
  const auto width = static_cast<std::size_t>(snapshot.width);
  const std::vector<float> sample = sample_vectors(snapshot, lists * kSampleOfList).vectors;
  const std::size_t rows = sample.size() / width;
  Random random(1, "centres");
  std::vector<float> start(lists * width);  // rows of the sample, evenly
  for (std::size_t i = 0; i < lists; ++i)
    std::copy_n(sample.begin() + static_cast<std::ptrdiff_t>(i * rows / lists * width), width,
                start.begin() + static_cast<std::ptrdiff_t>(i * width));
  RowBlock centres = centre_block(std::move(start), snapshot.width);
  for (int round = 0; round < kRounds; ++round) {
    const auto assigned = assign(sample, width, centres, thread_count(threads));
    centres = centre_block(means_of(sample, width, assigned, lists, random), snapshot.width);
  }
  return centres;
}

ListsOfRows assign_lists(const Snapshot& snapshot, const RowBlock& centres, int threads) {
  const auto width = static_cast<std::size_t>(snapshot.width);
  ListsOfRows lists;
  for (const RowBlock& block : snapshot.blocks)
    lists.push_back(assign({block.vectors, block.count * width}, width, centres, thread_count(threads)));
  return lists;
}

ListEffort measure_effort(const Snapshot& snapshot, const RowBlock& centres, const ListsOfRows& lists,
                          std::span<const float> queries, double recall, int threads) {
  constexpr std::size_t kSample = 256;
  const auto width = static_cast<std::size_t>(snapshot.width);
  const VectorSample own = sample_vectors(snapshot, kSample);
  std::unordered_map<std::int64_t, std::uint32_t> list_of;
  for (std::size_t block = 0; block < lists.size(); ++block) {
    for (std::size_t at = 0; at < lists[block].size(); ++at)
      if (snapshot.blocks[block].holds(at)) list_of[snapshot.blocks[block].rows[at]] = lists[block][at];
  }

  ListEffort effort{1, 1, 1, 1};
  const auto measure = [&](std::span<const float> asked, std::span<const std::int64_t> selves) {
    NearestSettings settings;
    settings.k = 101;
    settings.exact = true;
    settings.threads = threads;
    const std::vector<Nearest> found = nearest(snapshot, asked, settings);
    std::vector<FoundBy> best_10, best_100;
    for (std::size_t q = 0; q < found.size(); ++q) {
      const auto order = nearest_lists(centres, QueryCode(asked.subspan(q * width, width)), centres.count);
      std::vector<std::uint32_t> probes(centres.count);
      for (std::size_t i = 0; i < order.size(); ++i) probes[order[i]] = static_cast<std::uint32_t>(i + 1);
      std::size_t place = 0;
      for (const Neighbor& neighbor : found[q].neighbors) {
        if ((!selves.empty() && neighbor.row == selves[q]) || place == 100) continue;
        const FoundBy by{probes[list_of.at(neighbor.row)], static_cast<std::uint32_t>(q)};
        if (place++ < 10) best_10.push_back(by);
        best_100.push_back(by);
      }
    }
    const auto [probes_10, recall_10] = probes_for_share(std::move(best_10), found.size(), recall);
    const auto [probes_100, recall_100] = probes_for_share(std::move(best_100), found.size(), recall);
    effort = {std::max(effort.probes_10, probes_10), std::max(effort.probes_100, probes_100),
              std::min(effort.recall_10, recall_10), std::min(effort.recall_100, recall_100)};
  };
  measure(own.vectors, own.rows);
  if (!queries.empty()) measure(queries, {});
  return effort;
}

}  // namespace cnclip::search
