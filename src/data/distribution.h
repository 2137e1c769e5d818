// How often each value of a whole number was met.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

namespace cnclip {

class Distribution {
 public:
  void add(std::uint64_t value, std::uint64_t times = 1);
  std::uint64_t count() const { return count_; }
  std::uint64_t minimum() const { return counts_.empty() ? 0 : counts_.begin()->first; }
  std::uint64_t maximum() const { return counts_.empty() ? 0 : counts_.rbegin()->first; }
  double mean() const;
  // The smallest value that at least this share of all are not above.
  std::uint64_t quantile(double share) const;
  const std::map<std::uint64_t, std::uint64_t>& counts() const { return counts_; }

  struct Bin {
    std::uint64_t first, last, count;  // both ends belong to it
  };
  // At most `bins` of equal width, which cover all values.
  std::vector<Bin> bins(std::size_t bins) const;

 private:
  std::map<std::uint64_t, std::uint64_t> counts_;
  std::uint64_t count_ = 0;
};

}  // namespace cnclip
