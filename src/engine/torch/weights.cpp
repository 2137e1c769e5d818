#include "engine/torch/weights.h"

#include <ATen/ATen.h>
#include <c10/core/GradMode.h>

#include "base/error.h"

namespace cnclip {

at::Tensor TorchWeights::exact(const std::string& name) const {
  if (const auto found = tensors_.find(name); found != tensors_.end()) return found->second;
  const std::size_t mark = name.rfind('#');
  const auto found = tensors_.find(name.substr(0, mark));
  if (found == tensors_.end()) throw_internal("torch engine: no weight {}", name);
  const std::int64_t all = found->second.size(0), third = all / 3;
  return name.ends_with("#q") ? found->second.narrow(0, 0, third) : found->second.narrow(0, third, all - third);
}

at::Tensor TorchWeights::matrix(const std::vector<std::string>& names) {
  std::string key;
  for (const std::string& name : names) key += name + '\n';
  at::Tensor& made = made_[key];
  if (!made.defined()) {
    const at::AutoGradMode history(true);  // also when a pass without gradients comes first
    std::vector<at::Tensor> parts;
    for (const std::string& name : names) parts.push_back(exact(name).to(type_));
    made = parts.size() == 1 ? parts[0] : at::cat(parts);
  }
  return made;
}

}  // namespace cnclip
