#include "checkpoint/mapped_tensor.h"

#include <cstring>

namespace cnclip {

Tensor mapped_tensor(const MappedFile& file, DType type, const Shape& shape, std::size_t offset) {
  const std::size_t size = byte_count(type, shape);
  auto bytes = file.slice(offset, size);
  if (reinterpret_cast<std::uintptr_t>(bytes.get()) % size_of(type) == 0) return {type, shape, std::move(bytes)};
  Tensor copy = Tensor::allocate(type, shape);
  if (size > 0) std::memcpy(copy.mutable_data<std::byte>().data(), bytes.get(), size);
  return copy;
}

}  // namespace cnclip
