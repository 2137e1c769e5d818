// The weights of Pillow's bicubic filter along one axis (reference: Pillow's Resample.c).
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace cnclip {

// Pillow's fixed point for 8-bit samples: 22 fractional bits.
inline constexpr int kWeightBits = 22;
inline constexpr std::int32_t kWeightHalf = 1 << (kWeightBits - 1);

// For every output place: the first input place, how many, and their weights, `stride` kept for each, unused ones 0.
struct Taps {
  int in = 0, out = 0;
  int most = 0;            // the largest count
  std::size_t stride = 0;  // a multiple of 16, so that kernels may read whole vectors
  std::vector<int> first, count;
  std::vector<double> exact;
  // The fixed-point weight is (high << 15) + low with low in [0, 2^15): both halves fit the 16-bit multiply-add.
  std::vector<std::int16_t> high, low;
};

// Keys' cubic with a = -0.5, widened when shrinking (antialiased).
Taps bicubic_taps(int in, int out);

}  // namespace cnclip
