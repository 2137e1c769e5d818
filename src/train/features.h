// From the pairs of a batch to a tower's inputs, and from its outputs to features.
#pragma once

#include <ATen/core/Tensor.h>

#include "engine/tower.h"
#include "loader/loader.h"
#include "recipe/recipe.h"

namespace cnclip {

at::ScalarType compute_type(TrainingPrecision precision);

// The pairs [begin, begin + count) for a tower.
Batch images_of(const TrainBatch& batch, std::int64_t begin, std::int64_t count, const TowerShape& shape);
Batch texts_of(const TrainBatch& batch, std::int64_t begin, std::int64_t count);

// (n, width) f32 of unit length, differentiable, of a tower's rows in any floating type.
at::Tensor unit_rows(const at::Tensor& rows);

}  // namespace cnclip
