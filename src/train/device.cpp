#include "train/device.h"

#if CNCLIP_WITH_CUDA
#include <ATen/Context.h>
#include <c10/cuda/CUDAFunctions.h>

#include "base/error.h"
#include "ranks/nccl/nccl_world.h"
#endif

namespace cnclip {

#if CNCLIP_WITH_CUDA

c10::Device device_of(const World& world) {
  const int devices = c10::cuda::device_count();
  if (devices == 0) return c10::kCPU;
  if (world.local_rank() >= devices) {
    throw_unavailable("training: rank {} is number {} of its machine, which has {} CUDA devices", world.rank(),
                      world.local_rank() + 1, devices);
  }
  const auto index = static_cast<c10::DeviceIndex>(world.local_rank());
  c10::cuda::set_device(index);  // so that nothing of this rank, not even a context, lies on another's device
  at::globalContext().setBenchmarkCuDNN(true);  // the fastest convolutions are found by trying: main.py does so too
  return {c10::kCUDA, index};
}

std::unique_ptr<World> world_of(World& world, c10::Device device) {
  return device.is_cuda() && world.size() > 1 ? open_nccl_world(world, device) : nullptr;
}

#else

c10::Device device_of(const World&) {
  return c10::kCPU;
}

std::unique_ptr<World> world_of(World&, c10::Device) {
  return nullptr;
}

#endif

}  // namespace cnclip
