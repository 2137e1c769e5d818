// Between our tensors and LibTorch's.
#pragma once

#include <ATen/core/Tensor.h>

#include "base/tensor.h"

namespace cnclip {

// A copy, as f32, on the CPU.
at::Tensor to_torch(const Tensor& tensor);

// A copy of the values of a tensor of any floating type on any device, as f32.
Tensor from_torch(const at::Tensor& tensor);

}  // namespace cnclip
