// How far a figure of one test set may lie from that of all pictures like it.
#pragma once

#include <cstdint>
#include <functional>
#include <span>

namespace cnclip {

struct Interval {
  double low = 0, high = 0;
  bool holds(double value) const { return low <= value && value <= high; }
};

// The middle 95 % of what `figure` is on `draws` samples of the test set, each of `count` places in 0 … count - 1 drawn
// with replacement (the percentile bootstrap; Efron and Tibshirani 1993, chapter 13). The same input gives the same
// interval. Figures that are not finite are left out. `count` is not 0.
Interval bootstrap(std::size_t count, const std::function<double(std::span<const std::uint32_t> drawn)>& figure,
                   int draws = 1000);

}  // namespace cnclip
