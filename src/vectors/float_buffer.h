// Floats that come one row after another, as many as there will be.
#pragma once

#include <memory>
#include <span>

#include "base/tensor.h"

namespace cnclip {

// Grows where it lies: gigabytes are never copied, and memory that holds no row yet is not touched.
class FloatBuffer {
 public:
  FloatBuffer() = default;
  ~FloatBuffer();
  FloatBuffer(const FloatBuffer&) = delete;
  FloatBuffer& operator=(const FloatBuffer&) = delete;

  void append(std::span<const float> values);
  // A tensor that owns what was appended; the buffer is empty again. `shape` must have as many elements.
  Tensor take(Shape shape);

 private:
  float* values_ = nullptr;
  std::size_t size_ = 0, capacity_ = 0;
};

}  // namespace cnclip
