#include "vectors/best_heaps.h"

#include <algorithm>
#include <limits>

namespace cnclip {

BestHeaps::BestHeaps(std::int64_t rows, std::int64_t k)
    : k_(k),
      entries_(static_cast<std::size_t>(rows * k),
               Entry{-std::numeric_limits<float>::infinity(), std::numeric_limits<std::int32_t>::max()}),
      thresholds_(static_cast<std::size_t>(rows), -std::numeric_limits<float>::infinity()) {}

void BestHeaps::offer(std::int64_t row, float score, std::int32_t place) {
  Entry* heap = &entries_[static_cast<std::size_t>(row * k_)];
  const Entry added{score, place};
  if (!added.better_than(heap[0])) return;
  std::int64_t at = 0;
  for (std::int64_t child = 1; child < k_; child = 2 * at + 1) {
    if (child + 1 < k_ && heap[child].better_than(heap[child + 1])) ++child;
    if (!added.better_than(heap[child])) break;
    heap[at] = heap[child];
    at = child;
  }
  heap[at] = added;
  thresholds_[static_cast<std::size_t>(row)] = heap[0].score;
}

TopK BestHeaps::take() {
  TopK best{k_, {}, {}};
  best.places.reserve(entries_.size());
  best.scores.reserve(entries_.size());
  for (auto row = entries_.begin(); row != entries_.end(); row += k_) {
    std::sort(row, row + k_, [](const Entry& a, const Entry& b) { return a.better_than(b); });
    for (auto entry = row; entry != row + k_; ++entry) {
      best.places.push_back(entry->place);
      best.scores.push_back(entry->score);
    }
  }
  entries_ = {};
  return best;
}

}  // namespace cnclip
