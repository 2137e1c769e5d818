#include "export/tensorrt/device.h"

#include "base/error.h"

namespace cnclip::tensorrt {

std::string device_name() {
  int device = 0;
  cudaDeviceProp properties{};
  cudaError_t result = cudaGetDevice(&device);
  if (result == cudaSuccess) result = cudaGetDeviceProperties(&properties, device);
  if (result != cudaSuccess) {
    throw_unavailable("export tensorrt: engines are built on the GPU that they are for, and none can be used: {}",
                      cudaGetErrorString(result));
  }
  return fmt::format("{}, compute capability {}.{}", properties.name, properties.major, properties.minor);
}

void check(cudaError_t result, const char* step) {
  if (result != cudaSuccess) throw_internal("CUDA: {}: {}", step, cudaGetErrorString(result));
}

}  // namespace cnclip::tensorrt
