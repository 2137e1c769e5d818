// A graph run by LibTorch, differentiable: for inference under no_grad, for training with it.
#pragma once

#include <functional>

#include "engine/torch/packed_rows.h"
#include "engine/torch/weights.h"
#include "engine/tower.h"

namespace cnclip {

// A Batch on the device.
struct TorchBatch {
  at::Tensor pixels;  // (N, 3, S, S) u8
  at::Tensor ids;     // (tokens) i64, of texts
  PackedRows rows;
};

// Copies. Throws as check_batch() does.
TorchBatch to_torch(const Batch& batch, const TowerShape& tower, at::Device device);

// What batch norm normalises by: the running statistics, those of this batch, or those of all ranks' batches.
enum class BatchStatistics { running, batch, all_ranks };

// What tells training from inference.
struct TrainingMode {
  bool dropout = false;
  // FLIP: the share of patches left out, (0, 1); as official, int((L - 1) * (1 - share)) patches stay.
  double patch_drop = 0;
  BatchStatistics batch_norm = BatchStatistics::running;
  // Running statistics move towards the batch's (momentum 0.1). A pass that only repeats another must not move them.
  bool move_running = true;
  // For all_ranks: every value becomes its sum over the ranks, which all make the same calls in the same order.
  std::function<void(at::Tensor&)> add_over_ranks;
};

// The output's rows, (N, width), in the type of the weights. Random numbers come from LibTorch's default generator of
// the device: at::manual_seed before the call replays dropout and patch masks.
at::Tensor forward(const Graph& graph, TorchWeights& weights, const TorchBatch& batch, const TrainingMode& mode = {});

// The same, but the activations inside of blocks are not kept for the backward pass, they are computed again there
// (activation checkpointing). Blocks end where the graph narrows to one value. With statistics of the
// batch it is forward() itself.
at::Tensor forward_recomputing(const Graph& graph, TorchWeights& weights, const TorchBatch& batch,
                               const TrainingMode& mode = {});

}  // namespace cnclip
