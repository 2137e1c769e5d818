// The inner loops of the resize. Every set of kernels gives the same bits: integer sums do not depend on their order.
#pragma once

#include <cstddef>
#include <cstdint>

#include "image/taps.h"

namespace cnclip {

// Rows handed to the kernels may be read, and rows they fill may be written, this far past their end.
inline constexpr std::size_t kRowSlack = 64;
// Rows that `horizontal` narrows at once.
inline constexpr int kRowBatch = 4;

struct RowKernels {
  const char* name;
  // Interleaved RGB to three planes, `stride` bytes apart.
  void (*split_rgb)(const std::uint8_t* row, int width, std::uint8_t* planes, std::size_t stride);
  // kRowBatch rows of one channel, taps.in wide, to taps.out wide.
  void (*horizontal)(const std::uint8_t* const* rows, const Taps& taps, std::uint8_t* const* out);
  // Row `place` of the output from its taps.count[place] input rows; rows holds one pointer more than that.
  void (*vertical)(const std::uint8_t* const* rows, const Taps& taps, int place, std::size_t width, std::uint8_t* out);
};

const RowKernels& portable_kernels();
// Null where this processor, or this build, lacks AVX2.
const RowKernels* avx2_kernels();
// The fastest set for this processor.
const RowKernels& row_kernels();

}  // namespace cnclip
