#include "engine/torch/tensors.h"

#include <ATen/ATen.h>

#include <cstring>

namespace cnclip {

at::Tensor to_torch(const Tensor& tensor) {
  const Tensor floats = tensor.to(DType::f32);
  at::Tensor made = at::empty(floats.shape(), at::kFloat);
  std::memcpy(made.data_ptr<float>(), floats.bytes().data(), floats.bytes().size());
  return made;
}

Tensor from_torch(const at::Tensor& tensor) {
  const at::Tensor floats = tensor.detach().to(at::kCPU, at::kFloat).contiguous();
  return Tensor::from_floats(floats.sizes().vec(),
                             {floats.data_ptr<float>(), static_cast<std::size_t>(floats.numel())});
}

}  // namespace cnclip
