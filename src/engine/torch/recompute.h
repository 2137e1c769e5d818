// Activation checkpointing: a part of the graph whose inner values are not kept, but made again in the backward pass.
#pragma once

#include <functional>

#include "engine/torch/weights.h"

namespace cnclip {

// Must use no weights but those it is given, and give the same value each time for the same random numbers.
using Block = std::function<at::Tensor(const at::Tensor& input, TorchWeights& weights)>;

// The block's value of `input`. Of autograd's graph only the input is kept, and the state of the random generator.
// `names`: the weights that the block uses.
at::Tensor recompute(const Block& block, const at::Tensor& input, TorchWeights& weights,
                     const std::vector<std::string>& names);

}  // namespace cnclip
