#include "quantize/calibration/statistics.h"

#include <algorithm>
#include <cmath>

namespace cnclip {

void Peaks::add(std::span<const float> values) {
  const std::size_t channels = values_.size();
  for (std::size_t row = 0; row + channels <= values.size(); row += channels) {
    for (std::size_t c = 0; c < channels; ++c) {
      const float magnitude = std::abs(values[row + c]);
      finite_ = finite_ && std::isfinite(magnitude);
      values_[c] = std::max(values_[c], magnitude);
    }
  }
}

void Histogram::add(std::span<const float> values) {
  if (!(largest_ > 0)) return;
  const float scale = static_cast<float>(kBins) / largest_;
  for (const float value : values) {
    const auto bin = static_cast<std::size_t>(std::abs(value) * scale);
    ++counts_[std::min(bin, kBins - 1)];
  }
}

float Histogram::best_step() const {
  if (!(largest_ > 0)) return 1;
  constexpr int kCandidates = 128;
  const double width = double{largest_} / kBins;
  double least = INFINITY, best = largest_ / 127;
  for (int candidate = kCandidates; candidate > kCandidates / 8; --candidate) {
    const double step = double{largest_} * candidate / kCandidates / 127;
    double error = 0;
    for (std::size_t bin = 0; bin < kBins && error < least; ++bin) {
      if (counts_[bin] == 0) continue;
      const double value = (static_cast<double>(bin) + 0.5) * width;
      const double off = value - step * std::min(std::nearbyint(value / step), 127.0);
      error += off * off * static_cast<double>(counts_[bin]);
    }
    if (error < least) least = error, best = step;
  }
  return static_cast<float>(best);
}

}  // namespace cnclip
