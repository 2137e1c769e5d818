// The model that is being trained: its parameters as LibTorch's leaves, and the graphs that use them.
#pragma once

#include <set>

#include "checkpoint/load.h"
#include "engine/torch/forward.h"
#include "model/parameters.h"
#include "recipe/freeze.h"

namespace cnclip {

// One tower's graph, as it is trained.
struct TrainedTower {
  TrainedTower(Graph made, const TensorMap& weights);

  Graph graph;
  TowerShape shape;
};

class Trainee {
 public:
  // Copies the weights, as f32.
  Trainee(const Checkpoint& checkpoint, at::Device device);

  const ModelConfig& config() const { return config_; }
  at::Device device() const { return device_; }
  const TrainedTower& images() const { return images_; }
  const TrainedTower& texts() const { return texts_; }

  // By official name: parameters, and statistics of batch normalisation; and what the stage trains besides.
  TorchTensors& tensors() { return tensors_; }
  const TorchTensors& tensors() const { return tensors_; }
  // What a stage does not train asks for no gradients: see is_trained() in recipe/lora.h. Adapters are extra
  // parameters.
  void freeze(const Freeze& freeze, int lora_rank);
  // What adapters there are becomes part of their matrices.
  void merge_adapters();
  // Matrices that have adapters, by name, as they are without them.
  TorchTensors adapted_matrices() const;
  // What is trained besides the model's parameters is these from now on: those that are there in their shape stay,
  // others are drawn from `seed`.
  void set_extra(const std::vector<Parameter>& extra, std::uint64_t seed);
  bool is_extra(const std::string& name) const;

  double logit_scale() const;
  // Keeps it within [0, ln 100], as the official code after every step (cn_clip/training/train.py).
  void clamp_logit_scale();
  // Batches that moved the statistics of batch normalisation; PyTorch's files count them.
  void count_batch_norm() { ++normalised_batches_; }

  // For a file: f32, in the official order, adapters merged; made when they are loaded, from what they are then.
  TensorMap weights() const;

 private:
  ModelConfig config_;
  at::Device device_;
  TrainedTower images_, texts_;
  TorchTensors tensors_;
  std::set<std::string> names_;  // of the model's among them
  std::int64_t normalised_batches_ = 0;
};

}  // namespace cnclip
