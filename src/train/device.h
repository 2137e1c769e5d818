// Where a rank computes, and how its tensors travel.
#pragma once

#include <c10/core/Device.h>

#include <memory>

#include "ranks/world.h"

namespace cnclip {

// A CUDA device of its own for each rank of a machine, which becomes this thread's current one, where this build
// (CNCLIP_CUDA) and the machine have them; else the CPU. Throws unavailable when a machine has some, but fewer than
// ranks.
c10::Device device_of(const World& world);

// `world`, or where the device is a GPU one whose tensors NCCL carries; `world` must outlive it. Null: `world` serves.
std::unique_ptr<World> world_of(World& world, c10::Device device);

}  // namespace cnclip
