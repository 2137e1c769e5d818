// Element types, shapes and tensors.
//
// A Tensor is a contiguous, row-major, little-endian array in shared memory: its own buffer, or a view into a
// mapped file. Copies are cheap and share the bytes, which nobody changes after the tensor has been built.
// A LazyTensor knows its type and shape and makes its bytes when asked: 3.6 GiB of weights can be walked
// tensor by tensor in little memory.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace cnclip {

enum class DType : std::uint8_t { f32, f16, bf16, f64, i8, i16, i32, i64, u8, boolean };

std::size_t size_of(DType type);
std::string_view name_of(DType type);  // "f32", "bf16", "i64", "bool", …

using Shape = std::vector<std::int64_t>;

// Throws bad_input if a dimension is negative or the product overflows.
std::int64_t element_count(const Shape& shape);
std::size_t byte_count(DType type, const Shape& shape);
std::string to_string(const Shape& shape);  // "(768, 512)"

class Tensor {
 public:
  Tensor() = default;
  // `bytes` must hold byte_count(type, shape) bytes.
  Tensor(DType type, Shape shape, std::shared_ptr<const std::byte> bytes);

  // A zeroed tensor of its own; fill it through mutable_data before sharing it.
  static Tensor allocate(DType type, Shape shape);
  static Tensor from_floats(Shape shape, std::span<const float> values);

  DType dtype() const { return dtype_; }
  const Shape& shape() const { return shape_; }
  std::int64_t size() const { return size_; }
  std::span<const std::byte> bytes() const;
  const std::shared_ptr<const std::byte>& storage() const { return bytes_; }

  // T must be as wide as the element type.
  template <class T>
  std::span<const T> data() const {
    return {reinterpret_cast<const T*>(bytes_.get()), bytes().size() / sizeof(T)};
  }
  template <class T>
  std::span<T> mutable_data() {
    return {reinterpret_cast<T*>(const_cast<std::byte*>(bytes_.get())), bytes().size() / sizeof(T)};
  }

  // The same values in another floating type (f32, f16, bf16, f64), rounded to nearest even.
  // Integers convert to f32 as well. No copy when the type is the same already.
  Tensor to(DType type) const;
  // The same bytes under another shape of equal element count.
  Tensor reshaped(Shape shape) const;

 private:
  DType dtype_ = DType::f32;
  Shape shape_;
  std::int64_t size_ = 0;
  std::shared_ptr<const std::byte> bytes_;
};

struct LazyTensor {
  DType dtype = DType::f32;
  Shape shape;
  std::function<Tensor()> load;

  LazyTensor() = default;
  LazyTensor(DType type, Shape dims, std::function<Tensor()> loader);
  LazyTensor(Tensor tensor);  // NOLINT(google-explicit-constructor): a tensor at hand is the simplest lazy one
};

// Named tensors in file order. Looking a name up is constant time.
class TensorMap {
 public:
  using Entry = std::pair<std::string, LazyTensor>;

  // Replaces the tensor of that name, or appends a new one.
  void set(std::string name, LazyTensor tensor);
  const LazyTensor* find(std::string_view name) const;
  // Throws internal when the name is missing: callers check a file against its parameter list first.
  const LazyTensor& at(std::string_view name) const;
  bool contains(std::string_view name) const { return find(name) != nullptr; }
  std::size_t size() const { return entries_.size(); }
  bool empty() const { return entries_.empty(); }
  auto begin() const { return entries_.begin(); }
  auto end() const { return entries_.end(); }

 private:
  std::vector<Entry> entries_;
  std::unordered_map<std::string, std::size_t> index_;
};

}  // namespace cnclip
