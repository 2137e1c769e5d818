#include "engine/torch/cuda/slot.h"

#include <ATen/ATen.h>
#include <c10/cuda/CUDAGuard.h>

namespace cnclip {

Slot::Slot(std::int64_t input_bytes, std::int64_t rows, std::int64_t width, c10::cuda::CUDAStream upload,
           c10::cuda::CUDAStream compute, CapturedGraphs graphs)
    : upload_(upload), compute_(compute), graphs_(std::move(graphs)) {
  const auto host = at::TensorOptions().pinned_memory(true), device = at::TensorOptions(compute.device());
  host_input_ = at::empty({input_bytes}, host.dtype(at::kByte));
  host_output_ = at::empty({rows, width}, host.dtype(at::kFloat));
  input_ = at::zeros({input_bytes}, device.dtype(at::kByte));
  output_ = at::empty({rows, width}, device.dtype(at::kFloat));
}

void Slot::start(std::int64_t bytes, std::int64_t rows, const std::optional<RunShape>& shape, const Compute& compute) {
  {
    const c10::cuda::CUDAStreamGuard guard(upload_);
    input_.narrow(0, 0, bytes).copy_(host_input_.narrow(0, 0, bytes), true);
    uploaded_.record(upload_);
  }
  const c10::cuda::CUDAStreamGuard guard(compute_);
  uploaded_.block(compute_);
  const auto work = [&] { output_.narrow(0, 0, rows).copy_(compute(input_)); };
  shape ? graphs_.run(*shape, work) : work();
  host_output_.narrow(0, 0, rows).copy_(output_.narrow(0, 0, rows), true);
  done_.record(compute_);
}

std::span<const float> Slot::features() const {
  return {host_output_.const_data_ptr<float>(), static_cast<std::size_t>(host_output_.numel())};
}

}  // namespace cnclip
