#include "train/trainee.h"

#include <ATen/ATen.h>
#include <c10/core/GradMode.h>

#include <cmath>

#include "engine/torch/tensors.h"
#include "graph/lora_names.h"
#include "graph/passes.h"
#include "graph/shapes.h"
#include "model/towers.h"
#include "recipe/lora.h"

namespace cnclip {

TrainedTower::TrainedTower(Graph made, const TensorMap& weights) : graph(std::move(made)) {
  TensorMap derived = weights;
  narrow_last_block(graph, derived);
  shape = tower_shape(graph, verify(graph, derived), derived);
}

Trainee::Trainee(const Checkpoint& checkpoint, at::Device device)
    : config_(checkpoint.config),
      device_(device),
      images_(image_tower(config_), checkpoint.weights),
      texts_(text_tower(config_), checkpoint.weights) {
  for (const Parameter& parameter : parameters(config_)) {
    const Tensor value = checkpoint.weights.at(parameter.name).load();
    if (parameter.dtype == DType::i64) {
      normalised_batches_ = value.data<std::int64_t>()[0];
    } else {
      tensors_[parameter.name] = to_torch(value).to(device).requires_grad_(!parameter.buffer);
      names_.insert(parameter.name);
    }
  }
}

void Trainee::freeze(const Freeze& freeze, int lora_rank) {
  for (const Parameter& parameter : parameters(config_)) {
    if (parameter.buffer || parameter.dtype == DType::i64) continue;
    at::Tensor& tensor = tensors_.at(parameter.name);
    tensor.mutable_grad().reset();
    tensor.requires_grad_(is_trained(parameter.name, freeze, lora_rank));
  }
}

TorchTensors Trainee::adapted_matrices() const {
  TorchTensors found;
  for (const std::string& name : names_) {
    if (tensors_.contains(lora_a(name))) found.emplace(name, tensors_.at(name));
  }
  return found;
}

void Trainee::merge_adapters() {
  const c10::NoGradGuard done;
  for (auto& [name, matrix] : adapted_matrices()) {
    matrix.detach().copy_(adapted(tensors_, name));
    tensors_.erase(lora_a(name));
    tensors_.erase(lora_b(name));
  }
}

bool Trainee::is_extra(const std::string& name) const {
  return !names_.contains(name);
}

void Trainee::set_extra(const std::vector<Parameter>& extra, std::uint64_t seed) {
  const TensorMap drawn = initial_weights(extra, seed);
  std::erase_if(tensors_, [&](const auto& entry) {
    if (!is_extra(entry.first)) return false;
    const LazyTensor* same = drawn.find(entry.first);
    return same == nullptr || entry.second.sizes() != same->shape;
  });
  for (const auto& [name, value] : drawn) {
    at::Tensor& tensor = tensors_[name];
    if (!tensor.defined()) tensor = to_torch(value.load()).to(device_).requires_grad_(true);
  }
}

double Trainee::logit_scale() const {
  return tensors_.at("logit_scale").item<double>();
}

void Trainee::clamp_logit_scale() {
  tensors_.at("logit_scale").detach().clamp_(0, std::log(100.0));
}

TensorMap Trainee::weights() const {
  TensorMap made;
  for (const Parameter& parameter : parameters(config_)) {
    if (parameter.dtype == DType::i64) {
      Tensor count = Tensor::allocate(DType::i64, parameter.shape);
      count.mutable_data<std::int64_t>()[0] = normalised_batches_;
      made.set(parameter.name, count);
    } else {
      const auto load = [this, name = parameter.name] {
        const c10::NoGradGuard done;
        return from_torch(adapted(tensors_, name));
      };
      made.set(parameter.name, LazyTensor(DType::f32, parameter.shape, load));
    }
  }
  return made;
}

}  // namespace cnclip
