// Towers with gradients, for tests.
#pragma once

#include <ATen/ATen.h>
#include <torch/csrc/autograd/autograd.h>

#include <map>

#include "engine/node_cases.h"
#include "engine/torch/forward.h"
#include "engine/torch/tensors.h"

namespace cnclip {

// A graph with its weights as leaves.
struct Trained {
  explicit Trained(const NodeCase& c, at::Device where = at::kCPU) : graph(c.graph), device(where) {
    for (const auto& [name, tensor] : c.weights) {
      tensors[name] = to_torch(tensor.load()).to(device).requires_grad_();
    }
    for (const Node& node : graph.nodes) {
      if (const auto* conv = std::get_if<ConvBnAct>(&node.op)) {
        for (const auto& norm : conv->norm) {
          for (const std::string& statistics : {norm.mean, norm.variance}) tensors[statistics].requires_grad_(false);
        }
      }
    }
  }
  Graph graph;
  TorchTensors tensors;
  at::Device device;
};

inline TorchBatch batch_of(const CaseBatch& batch, at::Device device = at::kCPU) {
  const bool text = !batch.lengths.empty();
  const TowerShape images{0, CaseMaker::kSize, 0, 0}, texts{0, 0, CaseMaker::kVocabulary, CaseMaker::kPositions};
  return to_torch(batch.view(), text ? texts : images, device);
}

// The gradients, by name, of the sum of features times fixed weights.
inline TorchTensors gradients_of(const Trained& trained, const CaseBatch& batch, const TrainingMode& mode,
                                 bool recomputing, at::ScalarType type = at::kFloat) {
  at::manual_seed(5);
  TorchWeights weights(trained.tensors, type);
  const TorchBatch there = batch_of(batch, trained.device);
  const at::Tensor features = (recomputing ? forward_recomputing(trained.graph, weights, there, mode)
                                           : forward(trained.graph, weights, there, mode))
                                  .to(at::kFloat);
  const at::Tensor factors = at::linspace(-1, 1, features.numel(), features.options()).view(features.sizes());
  torch::autograd::backward({(features * factors).sum()});
  TorchTensors gradients;
  for (const auto& [name, tensor] : trained.tensors) gradients[name] = tensor.grad();
  return gradients;
}

// With all that is random in the training of a tower of this name.
inline TrainingMode random_mode(const std::string& name) {
  TrainingMode mode;
  mode.dropout = true;
  mode.patch_drop = name == "vit" ? 0.5 : 0;
  return mode;
}

// A tower of each architecture.
inline std::map<std::string, NodeCase> towers() {
  std::map<std::string, NodeCase> found;
  for (NodeCase& c : node_cases()) {
    if (c.name == "vit" || c.name == "bert" || c.name == "resnet") found.emplace(c.name, std::move(c));
  }
  return found;
}

}  // namespace cnclip
