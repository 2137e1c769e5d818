// What calibration keeps of the values it sees.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

namespace cnclip {

// The largest magnitude of each channel, the last axis of what is added.
class Peaks {
 public:
  explicit Peaks(std::int64_t channels) : values_(static_cast<std::size_t>(channels)) {}
  void add(std::span<const float> values);
  std::span<const float> values() const { return values_; }
  bool finite() const { return finite_; }  // whether all values were

 private:
  bool finite_ = true;
  std::vector<float> values_;
};

// How often which magnitude occurs.
class Histogram {
 public:
  // Of magnitudes 0 … largest; what is beyond counts as largest.
  explicit Histogram(float largest) : largest_(largest), counts_(kBins) {}
  void add(std::span<const float> values);
  // The step whose int8 has the least mean square error. Values beyond 127 steps are cut: a few large ones would
  // otherwise cost all others their precision. Of zeros alone, 1.
  float best_step() const;

 private:
  static constexpr std::size_t kBins = 8192;
  float largest_;
  std::vector<std::uint64_t> counts_;
};

}  // namespace cnclip
