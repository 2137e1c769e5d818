#include "image/perceptual_hash.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <numbers>

namespace cnclip {
namespace {

constexpr int kSide = 32;
constexpr int kLow = 9;        // frequencies an axis; 9 x 9 hold the 64 wanted and the mean
constexpr float kFlat = 0.5f;  // of 255: weaker ones are rounding noise

using Greys = std::array<float, kSide * kSide>;

Greys greys(const Image& image) {
  std::array<std::uint8_t, 3 * kSide * kSide> planes;
  preprocess_u8(image, kSide, planes);
  Greys out;
  for (std::size_t i = 0; i < out.size(); ++i) {
    out[i] = 0.299f * planes[i] + 0.587f * planes[i + out.size()] + 0.114f * planes[i + 2 * out.size()];
  }
  return out;
}

const std::array<std::array<float, kSide>, kLow>& cosines() {
  static const auto table = [] {
    std::array<std::array<float, kSide>, kLow> all;
    for (int k = 0; k < kLow; ++k) {
      for (int x = 0; x < kSide; ++x) {
        all[static_cast<std::size_t>(k)][static_cast<std::size_t>(x)] =
            static_cast<float>(std::cos(std::numbers::pi * k * (2 * x + 1) / (2 * kSide)) / kSide);
      }
    }
    return all;
  }();
  return table;
}

}  // namespace

std::uint64_t perceptual_hash(const Image& image) {
  const Greys grey = greys(image);
  std::array<std::array<float, kSide>, kLow> rows{};  // frequency along y, then place along x
  for (std::size_t k = 0; k < kLow; ++k) {
    for (std::size_t y = 0; y < kSide; ++y) {
      for (std::size_t x = 0; x < kSide; ++x) rows[k][x] += cosines()[k][y] * grey[y * kSide + x];
    }
  }
  std::array<float, 64> low{};
  std::size_t count = 0;
  for (std::size_t sum = 1; count < low.size(); ++sum) {  // along diagonals: the lowest first
    for (std::size_t k = 0; k <= sum && count < low.size(); ++k) {
      if (k >= kLow || sum - k >= kLow) continue;
      float value = 0;
      for (std::size_t x = 0; x < kSide; ++x) value += cosines()[sum - k][x] * rows[k][x];
      low[count++] = value;
    }
  }
  if (std::all_of(low.begin(), low.end(), [](float v) { return std::abs(v) < kFlat; })) return 0;
  std::array<float, 64> sorted = low;
  std::nth_element(sorted.begin(), sorted.begin() + 32, sorted.end());
  std::uint64_t hash = 0;
  for (std::size_t i = 0; i < low.size(); ++i) hash |= std::uint64_t{low[i] > sorted[32]} << i;
  return hash;
}

}  // namespace cnclip
