#include "engine/openvino/buckets.h"

#include <algorithm>
#include <functional>
#include <limits>
#include <map>
#include <numeric>

namespace cnclip {
namespace {

constexpr std::int64_t kLengths[] = {4,  6,  8,  10, 12, 14, 16, 18, 20,  22,  24,  28,  32,
                                     36, 40, 44, 48, 52, 64, 80, 96, 128, 192, 256, 384, 512};
// Buffers grow with the tokens of a run; beyond this many, larger runs gain no speed either.
constexpr std::int64_t kMostTokens = 2048;

// What a run costs besides its rows, measured in rows of images and in tokens of text.
constexpr double kImageOverhead = 0.3;
constexpr double kTextOverhead = 24;

std::int64_t bucket(std::int64_t length, std::int64_t longest) {
  const auto* place = std::ranges::lower_bound(kLengths, length);
  return place == std::end(kLengths) ? longest : std::min(*place, longest);
}

// How many of these tokens, or images, a run may have.
std::int64_t most_a_run(std::int64_t tokens, int streams) {
  return streams == 1 ? kMostTokens : std::min(kMostTokens, (tokens + streams - 1) / streams);
}

// The cheapest cut of rows of one length into runs of at most so many tokens, by dynamic programming over how many rows
// are done.
void plan(std::span<const std::size_t> rows, std::int64_t length, std::int64_t most, double overhead,
          std::vector<ShapedRun>& runs) {
  struct Best {
    double cost = std::numeric_limits<double>::infinity();
    std::int64_t batch = 0;
  };
  std::vector<Best> best(rows.size() + 1);
  best[0].cost = 0;
  for (std::size_t done = 1; done <= rows.size(); ++done) {
    for (const std::int64_t batch : batch_sizes()) {
      if (batch > 1 && batch * length > most) break;
      const std::size_t before = done - std::min(done, static_cast<std::size_t>(batch));
      const double cost = best[before].cost + overhead + static_cast<double>(batch * length);
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

const std::vector<std::int64_t>& batch_sizes() {
  static const std::vector<std::int64_t> sizes{1, 2, 4, 8, 16, 32};
  return sizes;
}

std::vector<ShapedRun> plan_images(std::int64_t count, int streams) {
  std::vector<std::size_t> rows(static_cast<std::size_t>(count));
  std::iota(rows.begin(), rows.end(), std::size_t{0});
  std::vector<ShapedRun> runs;
  plan(rows, 1, most_a_run(count, streams), kImageOverhead, runs);
  return runs;
}

std::vector<ShapedRun> plan_texts(std::span<const std::int32_t> lengths, std::int64_t longest, int streams) {
  std::map<std::int64_t, std::vector<std::size_t>, std::greater<>> groups;
  std::int64_t tokens = 0;
  for (std::size_t row = 0; row < lengths.size(); ++row) {
    const std::int64_t length = bucket(lengths[row], longest);
    groups[length].push_back(row);
    tokens += length;
  }
  std::vector<ShapedRun> runs;
  for (const auto& [length, rows] : groups) plan(rows, length, most_a_run(tokens, streams), kTextOverhead, runs);
  return runs;
}

}  // namespace cnclip
