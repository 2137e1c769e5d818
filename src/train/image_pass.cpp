#include "train/image_pass.h"

#include <c10/core/GradMode.h>

#include "base/error.h"

namespace cnclip {
namespace {

BatchStatistics statistics(BatchNorm batch_norm) {
  switch (batch_norm) {
    case BatchNorm::frozen: return BatchStatistics::running;
    case BatchNorm::train: return BatchStatistics::batch;
    case BatchNorm::sync: return BatchStatistics::all_ranks;
  }
  throw_internal("training: batch norm {}", static_cast<int>(batch_norm));
}

}  // namespace

at::Tensor image_pass(Trainee& trainee, TorchWeights& weights, const Stage& stage, World& world, const Batch& rows) {
  TrainingMode mode;
  mode.dropout = true;
  mode.patch_drop = stage.patch_drop;
  mode.batch_norm = statistics(stage.batch_norm);
  mode.move_running = at::GradMode::is_enabled();
  if (mode.move_running && mode.batch_norm != BatchStatistics::running) trainee.count_batch_norm();
  mode.add_over_ranks = [&world](at::Tensor& values) { world.add(values); };
  const TrainedTower& tower = trainee.images();
  const TorchBatch batch = to_torch(rows, tower.shape, trainee.device());
  return stage.checkpoint_activations && at::GradMode::is_enabled()
             ? forward_recomputing(tower.graph, weights, batch, mode)
             : forward(tower.graph, weights, batch, mode);
}

}  // namespace cnclip
