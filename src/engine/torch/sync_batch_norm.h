// Batch norm by the statistics of all ranks' batches together.
#pragma once

#include <ATen/core/Tensor.h>

#include <functional>

namespace cnclip::torch_engine {

constexpr double kMomentum = 0.1;  // PyTorch's default

// `x` (N, C, H, W) in any floating type, the others (C) f32 or f64. `mean` and `variance`, where defined, are moved as
// PyTorch's SyncBatchNorm moves them: the variance by that of the whole batch, unbiased. Gradients are exact, those of
// one process with the whole batch; those of `weight` and `bias` are this rank's share of a sum over the ranks.
// `add_over_ranks` is called once by this and once by the backward pass.
at::Tensor sync_batch_norm(const at::Tensor& x, const at::Tensor& weight, const at::Tensor& bias,
                           const at::Tensor& mean, const at::Tensor& variance, double epsilon,
                           const std::function<void(at::Tensor&)>& add_over_ranks);

}  // namespace cnclip::torch_engine
