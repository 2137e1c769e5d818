// The GPU: which it is, and what lies in its memory.
#pragma once

#include <cuda_runtime_api.h>

#include <cstddef>
#include <span>
#include <string>

namespace cnclip::tensorrt {

// Name and compute capability of the current GPU. Throws unavailable where the driver has none, saying what it says.
std::string device_name();

// Throws internal, naming `step`.
void check(cudaError_t result, const char* step);

class Stream {
 public:
  Stream() { check(cudaStreamCreate(&stream_), "a stream"); }
  ~Stream() { cudaStreamDestroy(stream_); }
  Stream(const Stream&) = delete;
  Stream& operator=(const Stream&) = delete;
  cudaStream_t get() const { return stream_; }

 private:
  cudaStream_t stream_ = nullptr;
};

class DeviceBuffer {
 public:
  explicit DeviceBuffer(std::size_t bytes) { check(cudaMalloc(&data_, bytes), "memory"); }
  ~DeviceBuffer() { cudaFree(data_); }
  DeviceBuffer(const DeviceBuffer&) = delete;
  DeviceBuffer& operator=(const DeviceBuffer&) = delete;
  void* data() const { return data_; }

 private:
  void* data_ = nullptr;
};

}  // namespace cnclip::tensorrt
