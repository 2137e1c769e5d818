#include "engine/torch/fixed_tower.h"

#include <ATen/ATen.h>
#include <c10/core/GradMode.h>

#include "engine/torch/tensors.h"
#include "graph/passes.h"
#include "graph/shapes.h"

namespace cnclip {

FixedTower::FixedTower(Graph graph, TensorMap weights, at::ScalarType type, at::Device device)
    : graph_(std::move(graph)), weights_(tensors_, type), device_(device) {
  optimize(graph_, weights);
  shape_ = tower_shape(graph_, verify(graph_, weights), weights);
  for (const Node& node : graph_.nodes) {
    for (const std::string& name : weights_of(node.op)) {
      if (!tensors_.contains(name)) tensors_.emplace(name, to_torch(weights.at(name).load()).to(device));
    }
  }
}

at::Tensor FixedTower::features(const Batch& batch) {
  return features(to_torch(batch, shape_, device_));
}

at::Tensor FixedTower::features(const TorchBatch& batch) {
  const c10::NoGradGuard inference;
  return forward(graph_, weights_, batch).to(at::kFloat);
}

}  // namespace cnclip
