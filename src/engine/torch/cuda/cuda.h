// Inference by LibTorch on one of NVIDIA's devices (f32, bf16, f16).
#pragma once

#include "engine/engine.h"

namespace cnclip {

// Device `index` of this machine. Throws unavailable where it has none of that number. `Engine::compile` throws
// unavailable for bf16 on devices older than Ampere. Every compiled program has streams, buffers and graphs of its own.
std::unique_ptr<Engine> make_cuda_engine(int index);

}  // namespace cnclip
