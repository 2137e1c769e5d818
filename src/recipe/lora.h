// Low-rank adapters (LoRA: Hu et al. 2021, arXiv 2106.09685): a matrix W stays as it is, and W + B A is what computes,
// where the small B and A are trained. The paper's alpha is the rank here, so that nothing is scaled: with Adam it
// would do little but scale the learning rate.
#pragma once

#include <vector>

#include "model/parameters.h"
#include "recipe/freeze.h"

namespace cnclip {

// The matrices of a model that get one: those of linear layers that `freeze` leaves, in attention, in the layers after
// it and at the end of each tower; no tables, no convolutions.
std::vector<Parameter> adapted_matrices(const ModelConfig& config, const Freeze& freeze);

// Whether a stage of that rank, 0 being one without adapters, changes a parameter of the model itself: with adapters,
// logit_scale alone, where `freeze` leaves it.
bool is_trained(const std::string& parameter, const Freeze& freeze, int rank);

// The adapters as they begin: A at random, as the authors' code draws it, and B zero, so that W + B A is W. None for
// rank 0.
std::vector<Parameter> lora_parameters(const ModelConfig& config, const Freeze& freeze, int rank);

}  // namespace cnclip
