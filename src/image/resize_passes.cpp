#include "image/resize_passes.h"

#include <algorithm>
#include <cstring>
#include <utility>

namespace cnclip {

VerticalPass::VerticalPass(int in, int out, std::size_t row_size, const RowKernels& kernels)
    : taps_(bicubic_taps(in, out)),
      row_size_(row_size),
      stride_(row_size + kRowSlack),
      ring_size_(std::max(taps_.most, 1)),
      kernels_(kernels),
      ring_(stride_ * static_cast<std::size_t>(ring_size_)),
      line_(stride_) {}

std::uint8_t* VerticalPass::ring_row(int row) {
  return ring_.data() + static_cast<std::size_t>(row % ring_size_) * stride_;
}

void VerticalPass::push(const std::uint8_t* row) {
  std::memcpy(ring_row(received_++), row, row_size_);
}

const std::uint8_t* VerticalPass::next() {
  if (taps_.in == taps_.out) return emitted_ < received_ ? ring_row(emitted_++) : nullptr;
  if (emitted_ == taps_.out) return nullptr;
  const auto place = static_cast<std::size_t>(emitted_);
  const int first = taps_.first[place], count = taps_.count[place];
  if (first + count > received_) return nullptr;
  sources_.clear();
  for (int k = 0; k < count; ++k) sources_.push_back(ring_row(first + k));
  sources_.push_back(sources_.back());  // weighs nothing; completes the pair of an odd count
  kernels_.vertical(sources_.data(), taps_, emitted_++, row_size_, line_.data());
  return line_.data();
}

HorizontalPass::HorizontalPass(int in, int out, int channels, int rows, const RowKernels& kernels)
    : taps_(bicubic_taps(in, out)),
      channels_(channels),
      rows_(rows),
      stage_stride_(static_cast<std::size_t>(in) + kRowSlack),
      out_stride_(static_cast<std::size_t>(out) * static_cast<std::size_t>(channels) + kRowSlack),
      kernels_(kernels),
      stage_(stage_stride_ * static_cast<std::size_t>(channels * kRowBatch)),
      out_(out_stride_ * kRowBatch) {}

int HorizontalPass::push(const std::uint8_t* row) {
  std::uint8_t* to = stage_.data() + static_cast<std::size_t>(staged_ * channels_) * stage_stride_;
  if (channels_ == 3) {
    kernels_.split_rgb(row, taps_.in, to, stage_stride_);
  } else {
    for (int c = 0; c < channels_; ++c) {
      std::uint8_t* plane = to + static_cast<std::size_t>(c) * stage_stride_;
      for (int x = 0; x < taps_.in; ++x) plane[x] = row[x * channels_ + c];
    }
  }
  ++staged_;
  if (++received_ < rows_ && staged_ < kRowBatch) return 0;
  narrow();
  return std::exchange(staged_, 0);
}

void HorizontalPass::narrow() {
  for (int c = 0; c < channels_; ++c) {
    const std::uint8_t* from[kRowBatch];
    std::uint8_t* to[kRowBatch];
    for (int i = 0; i < kRowBatch; ++i) {  // in the last batch, slots that hold old rows are narrowed for nothing
      from[i] = stage_.data() + static_cast<std::size_t>(i * channels_ + c) * stage_stride_;
      to[i] = out_.data() + static_cast<std::size_t>(i) * out_stride_ + static_cast<std::size_t>(c * taps_.out);
    }
    if (taps_.in != taps_.out) {
      kernels_.horizontal(from, taps_, to);
    } else {
      for (int i = 0; i < staged_; ++i) std::memcpy(to[i], from[i], static_cast<std::size_t>(taps_.in));
    }
  }
}

}  // namespace cnclip
