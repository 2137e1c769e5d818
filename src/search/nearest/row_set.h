// Rows that may be found.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

namespace cnclip::search {

// A bitmap between the least and the greatest row: rows are numbered from 1, with gaps where pictures have gone.
class RowSet {
 public:
  // `rows`: ascending.
  explicit RowSet(std::span<const std::int64_t> rows)
      : first_(rows.empty() ? 0 : rows.front()), size_(rows.size()), bits_(rows.empty() ? 0 : words(rows)) {
    for (const std::int64_t row : rows) {
      const std::uint64_t at = static_cast<std::uint64_t>(row - first_);
      bits_[at / 64] |= std::uint64_t{1} << at % 64;
    }
  }
  std::size_t size() const { return size_; }
  bool contains(std::int64_t row) const {
    const std::uint64_t at = static_cast<std::uint64_t>(row) - static_cast<std::uint64_t>(first_);
    return at / 64 < bits_.size() && (bits_[at / 64] >> at % 64 & 1) != 0;
  }

 private:
  static std::size_t words(std::span<const std::int64_t> rows) {
    return static_cast<std::size_t>((rows.back() - rows.front()) / 64 + 1);
  }
  std::int64_t first_;
  std::size_t size_;
  std::vector<std::uint64_t> bits_;
};

}  // namespace cnclip::search
