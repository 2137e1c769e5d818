// The image tower's pass in training, whatever its features are for.
#pragma once

#include "ranks/world.h"
#include "recipe/recipe.h"
#include "train/trainee.h"

namespace cnclip {

// Features (n, embed_dim) of the pictures in `rows`, not of unit length. Statistics of batch norm move where gradients
// are recorded, so once a batch.
at::Tensor image_pass(Trainee& trainee, TorchWeights& weights, const Stage& stage, World& world, const Batch& rows);

}  // namespace cnclip
