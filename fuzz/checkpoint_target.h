// What the fuzz targets of checkpoint containers share.
#pragma once

#include "checkpoint/tensor_file.h"
#include "cnclip/error.h"
#include "memory_file.h"

// Reads the file as a checkpoint and loads every tensor it promises; anything but Error is a crash.
inline void read_all(const std::uint8_t* data, std::size_t size) {
  const MemoryFile file(data, size);
  try {
    const cnclip::TensorFile content = cnclip::read_tensor_file(file.path());
    std::size_t loaded = 0;
    for (const auto& [name, tensor] : content.tensors) {
      if (cnclip::byte_count(tensor.dtype, tensor.shape) > (std::size_t{1} << 20) || ++loaded > 100) continue;
      const cnclip::Tensor values = tensor.load();
      if (values.bytes().size() != cnclip::byte_count(tensor.dtype, tensor.shape)) std::abort();
      unsigned sum = 0;
      for (const std::byte byte : values.bytes()) sum += static_cast<unsigned>(byte);
      if (sum == 0xffffffff) std::abort();  // keeps the reads
    }
  } catch (const cnclip::Error&) {
  }
}
