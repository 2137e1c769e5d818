#include "train/distillation.h"

#include <ATen/ATen.h>
#include <torch/csrc/autograd/autograd.h>

#include <cmath>

#include "base/random.h"

namespace cnclip {

at::Tensor first_projection(std::int64_t teacher, std::int64_t student, std::uint64_t seed, at::Device device) {
  Random random(seed, "distill.projection");
  at::Tensor projection = at::empty({teacher, student}, at::kFloat);
  const double deviation = 1 / std::sqrt(static_cast<double>(student));
  for (std::int64_t i = 0; i < projection.numel(); ++i) {
    projection.data_ptr<float>()[i] = static_cast<float>(deviation * random.normal());
  }
  return projection.to(device).requires_grad_();
}

Distillation distill(const at::Tensor& student, const at::Tensor& teacher, const at::Tensor& projection, double of,
                     double weight) {
  at::Tensor leaf = student.detach().requires_grad_();
  at::Tensor wide = leaf;
  if (projection.defined()) {
    wide = at::linear(leaf, projection);
  } else if (student.size(1) != teacher.size(1)) {
    wide = at::upsample_linear1d(leaf.unsqueeze(1), {teacher.size(1)}, /*align_corners=*/false).squeeze(1);
  }
  const at::Tensor loss = (1 - at::cosine_similarity(teacher, wide, 1)).sum() / of;
  torch::autograd::backward({loss * weight}, {});
  return {loss.item<double>(), leaf.grad()};
}

}  // namespace cnclip
