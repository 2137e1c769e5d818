// The k best of what each of many rows is shown.
#pragma once

#include <span>
#include <utility>
#include <vector>

#include "vectors/top_k.h"

namespace cnclip {

// Rows are independent: threads may work on different ones.
class BestHeaps {
 public:
  BestHeaps(std::int64_t rows, std::int64_t k);

  // A score below its row's threshold changes nothing.
  const float* thresholds() const { return thresholds_.data(); }
  void offer(std::int64_t row, float score, std::int32_t place);
  // The heaps become the result.
  TopK take();

 private:
  struct Entry {
    float score;
    std::int32_t place;
    bool better_than(const Entry& other) const {
      return score > other.score || (score == other.score && place < other.place);
    }
  };
  std::int64_t k_;
  std::vector<Entry> entries_;  // k a row, a heap with the worst in front
  std::vector<float> thresholds_;
};

}  // namespace cnclip
