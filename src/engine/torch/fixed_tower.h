// A tower whose weights do not change: for inference, for a locked tower in training, for a teacher.
#pragma once

#include "engine/torch/forward.h"

namespace cnclip {

class FixedTower {
 public:
  // `graph` as the model builders make it. Weights are read here, and not after.
  FixedTower(Graph graph, TensorMap weights, at::ScalarType type, at::Device device);

  // (count, width) f32 on the device, without history; rows are not normalised. Throws as check_batch() does.
  at::Tensor features(const Batch& batch);
  at::Tensor features(const TorchBatch& batch);  // of a batch on the device, which is not checked
  const TowerShape& shape() const { return shape_; }

 private:
  Graph graph_;
  TorchTensors tensors_;
  TorchWeights weights_;
  TowerShape shape_;
  at::Device device_;
};

}  // namespace cnclip
