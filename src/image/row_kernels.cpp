#include "image/row_kernels.h"

#include <algorithm>

namespace cnclip {
namespace {

std::int32_t weight_at(const Taps& taps, std::size_t at) {
  return taps.high[at] * (1 << 15) + taps.low[at];
}

std::uint8_t clipped(std::int32_t sum) {
  return static_cast<std::uint8_t>(std::clamp(sum >> kWeightBits, 0, 255));
}

void split_rgb(const std::uint8_t* row, int width, std::uint8_t* planes, std::size_t stride) {
  for (int x = 0; x < width; ++x) {
    for (std::size_t c = 0; c < 3; ++c) planes[c * stride + static_cast<std::size_t>(x)] = *row++;
  }
}

void horizontal(const std::uint8_t* const* rows, const Taps& taps, std::uint8_t* const* out) {
  for (int x = 0; x < taps.out; ++x) {
    const auto place = static_cast<std::size_t>(x);
    std::int32_t sums[kRowBatch] = {kWeightHalf, kWeightHalf, kWeightHalf, kWeightHalf};
    for (int k = 0; k < taps.count[place]; ++k) {
      const std::int32_t weight = weight_at(taps, place * taps.stride + static_cast<std::size_t>(k));
      for (int i = 0; i < kRowBatch; ++i) sums[i] += rows[i][taps.first[place] + k] * weight;
    }
    for (int i = 0; i < kRowBatch; ++i) out[i][x] = clipped(sums[i]);
  }
}

void vertical(const std::uint8_t* const* rows, const Taps& taps, int place, std::size_t width, std::uint8_t* out) {
  constexpr std::size_t kBlock = 64;
  const auto row = static_cast<std::size_t>(place);
  for (std::size_t begin = 0; begin < width; begin += kBlock) {
    const std::size_t size = std::min(kBlock, width - begin);
    std::int32_t sums[kBlock];
    std::fill(sums, sums + size, kWeightHalf);
    for (int k = 0; k < taps.count[row]; ++k) {
      const std::int32_t weight = weight_at(taps, row * taps.stride + static_cast<std::size_t>(k));
      for (std::size_t x = 0; x < size; ++x) sums[x] += rows[k][begin + x] * weight;
    }
    for (std::size_t x = 0; x < size; ++x) out[begin + x] = clipped(sums[x]);
  }
}

}  // namespace

const RowKernels& portable_kernels() {
  static constexpr RowKernels kKernels = {"portable", split_rgb, horizontal, vertical};
  return kKernels;
}

const RowKernels& row_kernels() {
  static const RowKernels& best = avx2_kernels() != nullptr ? *avx2_kernels() : portable_kernels();
  return best;
}

}  // namespace cnclip
