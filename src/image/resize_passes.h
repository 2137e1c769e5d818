// The two passes of the resize, row by row.
#pragma once

#include <vector>

#include "image/row_kernels.h"

namespace cnclip {

class VerticalPass {
 public:
  // `in` rows of row_size bytes become `out` rows. When the two are equal rows pass unchanged, as in Pillow.
  VerticalPass(int in, int out, std::size_t row_size, const RowKernels& kernels);
  void push(const std::uint8_t* row);
  // The next output row, valid until the next call; null until more rows have been pushed. To be called until it is
  // null after every push: only the rows that one output row needs are kept.
  const std::uint8_t* next();

 private:
  std::uint8_t* ring_row(int row);

  const Taps taps_;
  const std::size_t row_size_, stride_;
  const int ring_size_;
  const RowKernels& kernels_;
  int received_ = 0, emitted_ = 0;
  std::vector<std::uint8_t> ring_, line_;
  std::vector<const std::uint8_t*> sources_;
};

class HorizontalPass {
 public:
  // `rows` rows of `in` pixels of interleaved channels become rows of `out` pixels, channel after channel.
  HorizontalPass(int in, int out, int channels, int rows, const RowKernels& kernels);
  // How many output rows this has completed: they come in batches.
  int push(const std::uint8_t* row);
  // The i-th of them, valid until the next push.
  const std::uint8_t* row(int i) const { return out_.data() + static_cast<std::size_t>(i) * out_stride_; }

 private:
  void narrow();

  const Taps taps_;
  const int channels_, rows_;
  const std::size_t stage_stride_, out_stride_;
  const RowKernels& kernels_;
  int received_ = 0, staged_ = 0;
  std::vector<std::uint8_t> stage_;  // kRowBatch rows, channel after channel
  std::vector<std::uint8_t> out_;
};

}  // namespace cnclip
