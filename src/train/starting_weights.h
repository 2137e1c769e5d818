// The weights that a run begins with.
#pragma once

#include "checkpoint/load.h"
#include "recipe/recipe.h"

namespace cnclip {

// As recipe.model says. Throws bad_input, naming the file, for a checkpoint of another architecture; only the size of
// pictures, whose table of positions is resized then, and the dropout may differ.
Checkpoint starting_weights(const Recipe& recipe);

// What is in `file`, for the architecture of the recipe.
Checkpoint weights_for(const ModelConfig& arch, const std::filesystem::path& file);

}  // namespace cnclip
