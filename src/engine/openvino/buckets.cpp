#include "engine/openvino/buckets.h"

#include <algorithm>
#include <limits>
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

// The cheapest cut of rows sorted by length (ascending) into runs, by dynamic programming over how many are done.
template <class LengthOf>
std::vector<Run> plan(const std::vector<std::size_t>& order, LengthOf length_of, double overhead) {
  struct Best {
    double cost = std::numeric_limits<double>::infinity();
    std::int64_t batch = 0;
  };
  std::vector<Best> best(order.size() + 1);
  best[0].cost = 0;
  for (std::size_t done = 1; done <= order.size(); ++done) {
    const std::int64_t length = length_of(order[done - 1]);
    for (const std::int64_t batch : batch_sizes()) {
      if (batch > 1 && batch * length > kMostTokens) break;
      const std::size_t before = done - std::min(done, static_cast<std::size_t>(batch));
      const double cost = best[before].cost + overhead + static_cast<double>(batch * length);
      if (cost < best[done].cost) best[done] = {cost, batch};
    }
  }
  std::vector<Run> runs;
  for (std::size_t done = order.size(); done > 0;) {
    const std::int64_t batch = best[done].batch;
    const std::size_t before = done - std::min(done, static_cast<std::size_t>(batch));
    runs.push_back(
        {{order.begin() + static_cast<std::ptrdiff_t>(before), order.begin() + static_cast<std::ptrdiff_t>(done)},
         batch,
         length_of(order[done - 1])});
    done = before;
  }
  return runs;
}

}  // namespace

const std::vector<std::int64_t>& batch_sizes() {
  static const std::vector<std::int64_t> sizes{1, 2, 4, 8, 16, 32};
  return sizes;
}

std::vector<Run> plan_images(std::int64_t count) {
  std::vector<std::size_t> order(static_cast<std::size_t>(count));
  std::iota(order.begin(), order.end(), std::size_t{0});
  return plan(
      order, [](std::size_t) { return std::int64_t{1}; }, kImageOverhead);
}

std::vector<Run> plan_texts(std::span<const std::int32_t> lengths, std::int64_t longest) {
  std::vector<std::size_t> order(lengths.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::ranges::stable_sort(order, {}, [&](std::size_t row) { return lengths[row]; });
  return plan(
      order, [&](std::size_t row) { return bucket(lengths[row], longest); }, kTextOverhead);
}

}  // namespace cnclip
