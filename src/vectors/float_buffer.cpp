#include "vectors/float_buffer.h"

#include <algorithm>
#include <cstdlib>
#include <new>
#include <utility>

namespace cnclip {

FloatBuffer::~FloatBuffer() {
  std::free(values_);
}

void FloatBuffer::append(std::span<const float> values) {
  if (size_ + values.size() > capacity_) {
    // realloc moves the pages of a large block, not its bytes.
    const std::size_t capacity = std::max({size_ + values.size(), capacity_ * 2, std::size_t{1} << 16});
    void* grown = std::realloc(values_, capacity * sizeof(float));
    if (grown == nullptr) throw std::bad_alloc();
    values_ = static_cast<float*>(grown);
    capacity_ = capacity;
  }
  std::copy(values.begin(), values.end(), values_ + size_);
  size_ += values.size();
}

Tensor FloatBuffer::take(Shape shape) {
  const std::shared_ptr<const std::byte> bytes(reinterpret_cast<const std::byte*>(std::exchange(values_, nullptr)),
                                               [](const std::byte* at) { std::free(const_cast<std::byte*>(at)); });
  size_ = capacity_ = 0;
  return Tensor(DType::f32, std::move(shape), bytes);
}

}  // namespace cnclip
