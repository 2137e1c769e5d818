// The place of one run: its buffers on both sides, and what is known about when they are free.
#pragma once

#include <ATen/core/Tensor.h>
#include <c10/cuda/CUDAEvent.h>
#include <c10/cuda/CUDAStream.h>

#include <functional>
#include <span>

#include "engine/torch/cuda/graphs.h"

namespace cnclip {

// A run passes: host() is filled, start(), and when it is wanted, wait(), features(). One at a time.
class Slot {
 public:
  // `upload` and `compute` are streams of the device; `graphs` belong to this slot, whose buffers they name.
  Slot(std::int64_t input_bytes, std::int64_t rows, std::int64_t width, c10::cuda::CUDAStream upload,
       c10::cuda::CUDAStream compute, CapturedGraphs graphs);

  std::uint8_t* host() { return host_input_.mutable_data_ptr<std::uint8_t>(); }  // pinned

  // From the input to features of the rows, on the device.
  using Compute = std::function<at::Tensor(const at::Tensor& input)>;
  // Queues three things and returns: `bytes` of host() go up on a stream of their own, beside whatever is computed;
  // then `compute` works on the compute stream, captured where `shape` is given; then `rows` of features come down.
  void start(std::int64_t bytes, std::int64_t rows, const std::optional<RunShape>& shape, const Compute& compute);
  void wait() const { done_.synchronize(); }
  std::span<const float> features() const;

 private:
  c10::cuda::CUDAStream upload_, compute_;
  CapturedGraphs graphs_;
  at::Tensor host_input_, input_;    // (bytes) u8
  at::Tensor output_, host_output_;  // (rows, width) f32
  c10::cuda::CUDAEvent uploaded_, done_;
};

}  // namespace cnclip
