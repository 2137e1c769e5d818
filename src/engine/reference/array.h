// What the reference engine computes with: one row of the batch at a time, so no array has a batch axis.
#pragma once

#include <functional>
#include <vector>

#include "base/tensor.h"

namespace cnclip::reference {

struct Array {
  Shape shape;
  std::vector<float> values;

  Array() = default;
  explicit Array(Shape dims) : shape(std::move(dims)), values(static_cast<std::size_t>(element_count(shape))) {}

  std::int64_t dim(std::size_t axis) const { return shape.at(axis); }
  std::int64_t width() const { return shape.back(); }  // of the last axis
  std::int64_t rows() const { return static_cast<std::int64_t>(values.size()) / width(); }
  float* row(std::int64_t i) { return values.data() + i * width(); }
  const float* row(std::int64_t i) const { return values.data() + i * width(); }
};

// Calls work(begin, end) for parts of 0..count, side by side. `work` must not throw.
void in_parts(int threads, std::int64_t count, const std::function<void(std::int64_t, std::int64_t)>& work);

// x (rows, in) times the transpose of weight (out, in), plus bias (out; null for none), into out (rows, out).
Array multiply(const Array& x, const Tensor& weight, const Tensor* bias, int threads);

// Places (H', W') of a square kernel over x (C, H, W), zero-padded: (H' W', C kernel kernel).
Array unfold(const Array& x, std::int64_t kernel, std::int64_t stride, std::int64_t padding);

// (a, b) -> (b, a)
Array transposed(const Array& x);

// softmax(q k^T / sqrt(head size)) v for one query, by heads. Row i of keys and values starts at i * stride.
void attend(const float* query, const float* keys, const float* values, std::int64_t length, std::int64_t stride,
            std::int64_t width, int heads, float* out);

}  // namespace cnclip::reference
