#include "vectors/top_k.h"

#include <algorithm>
#include <atomic>
#include <mutex>

#include "base/error.h"
#include "base/threads.h"
#include "vectors/best_heaps.h"
#include "vectors/products.h"

namespace cnclip {
namespace {

// A tile of products stays in the second-level cache. Every tile has these sizes, so that each product is summed up in
// the same way.
constexpr std::int64_t kTileRows = 512, kTileColumns = 1024;
constexpr std::int64_t kChunk = 64;  // products that are compared at once

// A matrix cut into blocks of equally many rows; the last one is filled up with zeros.
class Blocks {
 public:
  Blocks(const Tensor& matrix, std::int64_t size)
      : values_(matrix.data<float>().data()), rows_(matrix.shape()[0]), width_(matrix.shape()[1]), size_(size) {
    if (const std::int64_t rest = rows_ % size_; rest != 0) {
      last_.resize(static_cast<std::size_t>(size_ * width_));
      std::copy_n(values_ + (rows_ - rest) * width_, rest * width_, last_.begin());
    }
  }
  std::int64_t count() const { return (rows_ + size_ - 1) / size_; }
  std::int64_t rows_of(std::int64_t block) const { return std::min(size_, rows_ - block * size_); }
  const float* operator[](std::int64_t block) const {
    return rows_of(block) == size_ ? values_ + block * size_ * width_ : last_.data();
  }

 private:
  const float* values_;
  std::int64_t rows_, width_, size_;
  std::vector<float> last_;
};

// Whether any of the scores reaches the row's threshold or that of its column. Written for the compiler to vectorize.
[[gnu::always_inline]] inline bool any_reaches(const float* scores, std::int64_t count, float of_row,
                                               const float* of_columns) {
  int any = 0;
  for (std::int64_t i = 0; i < count; ++i) any |= int{scores[i] >= of_row} | int{scores[i] >= of_columns[i]};
  return any != 0;
}
bool reaches_portable(const float* scores, float of_row, const float* of_columns) {
  return any_reaches(scores, kChunk, of_row, of_columns);
}
#if defined(__x86_64__)
[[gnu::target("avx2")]] bool reaches_avx2(const float* scores, float of_row, const float* of_columns) {
  return any_reaches(scores, kChunk, of_row, of_columns);
}
const auto kReaches = __builtin_cpu_supports("avx2") ? reaches_avx2 : reaches_portable;
#else
constexpr auto kReaches = reaches_portable;
#endif

class Search {
 public:
  Search(const Tensor& rows, const Tensor& columns, std::int64_t k)
      : width_(rows.shape()[1]),
        rows_(rows, kTileRows),
        columns_(columns, kTileColumns),
        best_of_rows_(rows.shape()[0], std::min(k, columns.shape()[0])),
        best_of_columns_(columns.shape()[0], std::min(k, rows.shape()[0])),
        row_locks_(static_cast<std::size_t>(rows_.count())),
        column_locks_(static_cast<std::size_t>(columns_.count())) {}

  std::int64_t tiles() const { return rows_.count() * columns_.count(); }

  // Takes tiles until there are none. `products`: room for one tile.
  template <class Done>
  void work(float* products, const Done& done) {
    for (std::int64_t tile = next_++; tile < tiles(); tile = next_++) {
      // Neighbours in time lie on a diagonal, so that threads seldom wait for each other's rows or columns.
      const std::int64_t row = tile % rows_.count(), column = (tile / rows_.count() + row) % columns_.count();
      multiply({rows_[row], kTileRows, width_}, MatrixView<float>{columns_[column], kTileColumns, width_}.transposed(),
               0, products);
      {
        const std::scoped_lock lock(row_locks_[static_cast<std::size_t>(row)],
                                    column_locks_[static_cast<std::size_t>(column)]);
        select(products, row, column);
      }
      done(static_cast<std::size_t>(std::min(next_.load(), tiles())));
    }
  }

  TopKBothWays take() { return {best_of_rows_.take(), best_of_columns_.take()}; }

 private:
  void select(const float* products, std::int64_t row_block, std::int64_t column_block) {
    const std::int64_t first_row = row_block * kTileRows, first_column = column_block * kTileColumns;
    const std::int64_t rows = rows_.rows_of(row_block), columns = columns_.rows_of(column_block);
    for (std::int64_t i = 0; i < rows; ++i) {
      const float* scores = products + i * kTileColumns;
      for (std::int64_t begin = 0; begin < columns; begin += kChunk) {
        const float of_row = best_of_rows_.thresholds()[first_row + i];
        const float* of_columns = best_of_columns_.thresholds() + first_column + begin;
        const bool whole = begin + kChunk <= columns;
        if (whole && !kReaches(scores + begin, of_row, of_columns)) continue;
        for (std::int64_t j = begin; j < std::min(begin + kChunk, columns); ++j) {
          offer(scores[j], first_row + i, first_column + j);
        }
      }
    }
  }
  void offer(float score, std::int64_t row, std::int64_t column) {
    if (score >= best_of_rows_.thresholds()[row]) best_of_rows_.offer(row, score, static_cast<std::int32_t>(column));
    if (score >= best_of_columns_.thresholds()[column])
      best_of_columns_.offer(column, score, static_cast<std::int32_t>(row));
  }

  const std::int64_t width_;
  const Blocks rows_, columns_;
  BestHeaps best_of_rows_, best_of_columns_;
  std::vector<std::mutex> row_locks_, column_locks_;  // of blocks
  std::atomic<std::int64_t> next_ = 0;
};

void check(const Tensor& rows, const Tensor& columns, std::int64_t k) {
  if (k < 1) throw_usage("top {}: at least one is to be found", k);
  if (rows.shape()[1] != columns.shape()[1])
    throw_bad_input("rows of {} values cannot be compared with rows of {}", rows.shape()[1], columns.shape()[1]);
  for (const Tensor* matrix : {&rows, &columns}) {
    if (matrix->shape()[0] < 1 || matrix->shape()[0] > INT32_MAX || matrix->shape()[1] > (1 << 20))
      throw_bad_input("a matrix {} cannot be searched", to_string(matrix->shape()));
  }
}

}  // namespace

TopKBothWays top_k(const Tensor& rows, const Tensor& columns, const TopKSettings& settings) {
  check(rows, columns, settings.k);
  Search search(rows, columns, settings.k);
  const auto threads = static_cast<int>(std::clamp<std::int64_t>(thread_count(settings.threads), 1, search.tiles()));
  constexpr std::int64_t kTile = kTileRows * kTileColumns;
  std::vector<float> products(static_cast<std::size_t>(threads * kTile));
  on_threads(threads, [&](int thread) {
    search.work(&products[static_cast<std::size_t>(thread * kTile)], [&](std::size_t done) {
      // From the caller's own thread only.
      if (thread == 0 && settings.progress) settings.progress(done, static_cast<std::size_t>(search.tiles()));
    });
  });
  return search.take();
}

}  // namespace cnclip
