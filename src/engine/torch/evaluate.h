// One function a node kind, on whole batches.
#pragma once

#include "engine/torch/forward.h"

namespace cnclip::torch_engine {

// Values of texts are packed, (tokens, width), until one token is taken; those of images are (N, L, width) or
// (N, C, H, W); pixels are bytes until they are normalised or convolved.
at::Tensor evaluate(const Op& op, const std::vector<at::Tensor>& inputs, TorchWeights& weights, const TorchBatch& batch,
                    const TrainingMode& mode);

}  // namespace cnclip::torch_engine
