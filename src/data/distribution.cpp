#include "data/distribution.h"

namespace cnclip {

void Distribution::add(std::uint64_t value, std::uint64_t times) {
  counts_[value] += times;
  count_ += times;
}

double Distribution::mean() const {
  double sum = 0;
  for (const auto& [value, times] : counts_) sum += static_cast<double>(value) * static_cast<double>(times);
  return count_ == 0 ? 0 : sum / static_cast<double>(count_);
}

std::uint64_t Distribution::quantile(double share) const {
  std::uint64_t below = 0;
  for (const auto& [value, times] : counts_) {
    below += times;
    if (static_cast<double>(below) >= share * static_cast<double>(count_)) return value;
  }
  return maximum();
}

std::vector<Distribution::Bin> Distribution::bins(std::size_t bins) const {
  std::vector<Bin> all;
  if (counts_.empty()) return all;
  const std::uint64_t width = (maximum() - minimum()) / bins + 1;
  for (std::uint64_t first = minimum(); first <= maximum(); first += width)
    all.push_back({first, first + width - 1, 0});
  for (const auto& [value, times] : counts_) all[(value - minimum()) / width].count += times;
  return all;
}

}  // namespace cnclip
