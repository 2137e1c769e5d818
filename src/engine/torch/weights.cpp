#include "engine/torch/weights.h"

#include <ATen/ATen.h>
#include <c10/core/GradMode.h>
#include <torch/csrc/autograd/custom_function.h>

#include "base/error.h"
#include "graph/lora_names.h"

namespace cnclip {
namespace {

const at::Tensor& named(const TorchTensors& tensors, const std::string& name) {
  const auto found = tensors.find(name);
  if (found == tensors.end()) throw_internal("torch engine: no weight {}", name);
  return found->second;
}

// The rows of a whole that `name`, which may end in "#q" or "#kv", stands for.
at::Tensor cut(const at::Tensor& whole, const std::string& name) {
  const std::int64_t all = whole.size(0), third = all / 3;
  if (name.ends_with("#q")) return whole.narrow(0, 0, third);
  return name.ends_with("#kv") ? whole.narrow(0, third, all - third) : whole;
}

// W + B A, of a frozen W. Parts of a batch go back through the same node one after another, and a backward pass frees
// what autograd's own would have saved.
struct Adapt : torch::autograd::Function<Adapt> {
  static at::Tensor forward(torch::autograd::AutogradContext* context, const at::Tensor& w, const at::Tensor& b,
                            const at::Tensor& a) {
    context->saved_data["b"] = b;
    context->saved_data["a"] = a;
    return at::addmm(w, b, a);
  }
  static torch::autograd::variable_list backward(torch::autograd::AutogradContext* context,
                                                 const torch::autograd::variable_list& gradients) {
    const at::Tensor b = context->saved_data["b"].toTensor(), a = context->saved_data["a"].toTensor();
    return {{}, at::mm(gradients[0], a.t()), at::mm(b.t(), gradients[0])};
  }
};

std::string whole_of(const std::string& name) {
  return name.substr(0, name.rfind('#'));
}

}  // namespace

at::Tensor adapted(const TorchTensors& tensors, const std::string& name) {
  const at::Tensor& whole = named(tensors, name);
  const auto a = tensors.find(lora_a(name));
  return a == tensors.end() ? whole : Adapt::apply(whole, named(tensors, lora_b(name)), a->second);
}

at::Tensor TorchWeights::exact(const std::string& name) const {
  const auto found = tensors_.find(name);
  return found != tensors_.end() ? found->second : cut(named(tensors_, whole_of(name)), name);
}

at::Tensor TorchWeights::with_adapter(const std::string& name) const {
  return tensors_.contains(name) ? adapted(tensors_, name) : cut(adapted(tensors_, whole_of(name)), name);
}

std::vector<std::string> TorchWeights::parts(const std::string& name) const {
  std::vector<std::string> found{name};
  if (tensors_.contains(lora_a(name))) found.insert(found.end(), {lora_a(name), lora_b(name)});
  return found;
}

at::Tensor TorchWeights::matrix(const std::vector<std::string>& names) {
  std::string key;
  for (const std::string& name : names) key += name + '\n';
  at::Tensor& made = made_[key];
  if (!made.defined()) {
    const at::AutoGradMode history(true);  // also when a pass without gradients comes first
    std::vector<at::Tensor> parts;
    for (const std::string& name : names) parts.push_back(with_adapter(name).to(type_));
    made = parts.size() == 1 ? parts[0] : at::cat(parts);
  }
  return made;
}

}  // namespace cnclip
