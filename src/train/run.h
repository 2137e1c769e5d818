// A whole training run.
#pragma once

#include <c10/core/Device.h>

#include "ranks/world.h"
#include "recipe/recipe.h"

namespace cnclip {

// Trains stage after stage, on all ranks that mpirun or srun started. Features of locked towers are kept in
// <output>/features/ (train/feature_cache.h), all else in <output>/<name>/:
//   recipe.json        what was asked for, overrides applied
//   metrics.jsonl, tensorboard/   see metrics/run_log.h
//   <stage>/           see train/checkpoints.h
// With `resume`, what is there is continued; without, files of an earlier run are refused.
//
// Returns the signal that asked it to stop, or 0 at the end of the recipe. Throws bad_input for data, weights and
// recipes that do not fit together, before the first step, and unavailable where a device's memory is not enough; under
// mpirun an error ends all ranks, naming the one.
int run_training(const Recipe& recipe, bool resume);

// The same as one rank of `world`, on `device`.
int train(const Recipe& recipe, bool resume, World& world, c10::Device device);

}  // namespace cnclip
