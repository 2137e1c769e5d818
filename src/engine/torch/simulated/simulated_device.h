// A device for tests on machines that have none: LibTorch runs on it as on a GPU, with tensors that the host cannot
// touch, gradients in a thread of the device's own and copies that are asked for by name.
//
// Its memory is the host's, but may be touched only while one of its kernels runs: a pointer that the host follows ends
// the program. Its kernels are the CPU's. An operation that mixes tensors of both sides is an error, as on a GPU.
#pragma once

#include <c10/core/Device.h>

#include <cstdint>

namespace cnclip {

c10::Device simulated_device();

// Since the program started.
struct DeviceWork {
  std::int64_t kernels = 0;      // that were launched
  std::int64_t to_device = 0;    // copies
  std::int64_t from_device = 0;  // copies and single values: on a GPU each one waits for all that was queued

  DeviceWork operator-(const DeviceWork& before) const {
    return {kernels - before.kernels, to_device - before.to_device, from_device - before.from_device};
  }
};
DeviceWork device_work();

}  // namespace cnclip
