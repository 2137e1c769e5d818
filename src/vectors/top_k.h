// The nearest rows of another matrix, exactly, both ways in one pass over the products.
#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <vector>

#include "base/tensor.h"

namespace cnclip {

// The k best of each row, best first; of equal scores, the lower place first.
struct TopK {
  std::int64_t k = 0;  // as asked, or fewer where there are no more
  std::vector<std::int32_t> places;
  std::vector<float> scores;

  std::span<const std::int32_t> row(std::int64_t i) const {
    return {&places[static_cast<std::size_t>(i * k)], static_cast<std::size_t>(k)};
  }
  std::span<const float> scores_of(std::int64_t i) const {
    return {&scores[static_cast<std::size_t>(i * k)], static_cast<std::size_t>(k)};
  }
};

struct TopKBothWays {
  TopK of_rows;     // for each row of `rows`, places in `columns`
  TopK of_columns;  // for each row of `columns`, places in `rows`
};

struct TopKSettings {
  std::int64_t k = 10;
  int threads = 0;  // 0: all cores
  // Called now and then, from the calling thread.
  std::function<void(std::size_t done, std::size_t of)> progress;
};

// Scores are dot products in float32. Rows of the same values get the same bits wherever they lie, so that equal ones
// stay in order. `rows` and `columns` are float32 matrices of one width, not empty, that check_features has passed;
// other widths throw bad_input. Takes 8 k bytes a row and a few MiB a thread beside them.
TopKBothWays top_k(const Tensor& rows, const Tensor& columns, const TopKSettings& settings);

}  // namespace cnclip
