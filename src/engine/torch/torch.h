// Inference by LibTorch (f32, bf16), on the kernels that training uses.
#pragma once

#include "engine/engine.h"

namespace cnclip {

std::unique_ptr<Engine> make_torch_engine();

}  // namespace cnclip
