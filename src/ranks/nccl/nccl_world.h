// Ranks with a CUDA device each.
#pragma once

#include <c10/core/Device.h>

#include <memory>

#include "ranks/world.h"

namespace cnclip {

// Tensors on `device` are exchanged by NCCL, all else by `world`, which must outlive the result and is what starts NCCL
// up. Sums are the same bits on every rank. Calls return when the work is queued; what uses the values on the current
// stream waits for them. One device for each rank.
std::unique_ptr<World> open_nccl_world(World& world, c10::Device device);

}  // namespace cnclip
