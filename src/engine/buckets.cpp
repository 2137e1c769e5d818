#include "engine/buckets.h"

#include <algorithm>
#include <functional>
#include <limits>
#include <map>
#include <numeric>

namespace cnclip {
namespace {

constexpr std::int64_t kLengths[] = {4,  6,  8,  10, 12, 14, 16, 18, 20,  22,  24,  28,  32,
                                     36, 40, 44, 48, 52, 64, 80, 96, 128, 192, 256, 384, 512};
std::int64_t bucket(std::int64_t length, std::int64_t longest, std::int64_t multiple) {
  const auto* place = std::ranges::lower_bound(kLengths, length);
  if (place == std::end(kLengths)) return longest;
  return std::min((*place + multiple - 1) / multiple * multiple, longest);
}

// How many of these tokens, or images, a run may have.
std::int64_t most_a_run(std::int64_t all, const RunSizes& sizes, int streams) {
  return streams == 1 ? sizes.most : std::min(sizes.most, (all + streams - 1) / streams);
}

// The cheapest cut of rows of one length into runs of at most so many tokens, by dynamic programming over how many rows
// are done.
void plan(std::span<const std::size_t> rows, std::int64_t length, std::int64_t most, const RunSizes& sizes,
          std::vector<ShapedRun>& runs) {
  struct Best {
    double cost = std::numeric_limits<double>::infinity();
    std::int64_t batch = 0;
  };
  std::vector<Best> best(rows.size() + 1);
  best[0].cost = 0;
  for (std::size_t done = 1; done <= rows.size(); ++done) {
    for (const std::int64_t batch : sizes.batches) {
      if (batch > 1 && batch * length > most) break;
      const std::size_t before = done - std::min(done, static_cast<std::size_t>(batch));
      const double cost = best[before].cost + sizes.overhead + static_cast<double>(batch * length);
      if (cost < best[done].cost) best[done] = {cost, batch};
    }
  }
  for (std::size_t done = rows.size(); done > 0;) {
    const std::int64_t batch = best[done].batch;
    const std::size_t size = std::min(done, static_cast<std::size_t>(batch));
    const auto part = rows.subspan(done - size, size);
    runs.push_back({{part.begin(), part.end()}, batch, length});
    done -= size;
  }
}

}  // namespace

std::vector<ShapedRun> plan_images(std::int64_t count, const RunSizes& sizes, int streams) {
  std::vector<std::size_t> rows(static_cast<std::size_t>(count));
  std::iota(rows.begin(), rows.end(), std::size_t{0});
  std::vector<ShapedRun> runs;
  plan(rows, 1, most_a_run(count, sizes, streams), sizes, runs);
  return runs;
}

std::vector<ShapedRun> plan_texts(std::span<const std::int32_t> lengths, std::int64_t longest, const RunSizes& sizes,
                                  int streams) {
  std::map<std::int64_t, std::vector<std::size_t>, std::greater<>> groups;
  std::int64_t tokens = 0;
  for (std::size_t row = 0; row < lengths.size(); ++row) {
    const std::int64_t length = bucket(lengths[row], longest, sizes.multiple);
    groups[length].push_back(row);
    tokens += length;
  }
  std::vector<ShapedRun> runs;
  for (const auto& [length, rows] : groups) plan(rows, length, most_a_run(tokens, sizes, streams), sizes, runs);
  return runs;
}

}  // namespace cnclip
