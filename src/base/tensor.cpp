#include "base/tensor.h"

#include <algorithm>
#include <cstring>
#include <limits>

#include "base/error.h"
#include "base/half.h"

namespace cnclip {
namespace {

template <class Visitor>
void for_each_float(const Tensor& tensor, Visitor visit) {
  const auto each = [&]<class T>(std::span<const T> values, auto convert) {
    for (std::size_t i = 0; i < values.size(); ++i) visit(i, static_cast<double>(convert(values[i])));
  };
  const auto plain = [](auto value) { return value; };
  switch (tensor.dtype()) {
    case DType::f32: return each(tensor.data<float>(), plain);
    case DType::f64: return each(tensor.data<double>(), plain);
    case DType::f16: return each(tensor.data<std::uint16_t>(), half_to_float);
    case DType::bf16: return each(tensor.data<std::uint16_t>(), bf16_to_float);
    case DType::i8: return each(tensor.data<std::int8_t>(), plain);
    case DType::i16: return each(tensor.data<std::int16_t>(), plain);
    case DType::i32: return each(tensor.data<std::int32_t>(), plain);
    case DType::i64: return each(tensor.data<std::int64_t>(), plain);
    case DType::u8:
    case DType::boolean: return each(tensor.data<std::uint8_t>(), plain);
  }
  throw_internal("tensor: unknown element type");
}

}  // namespace

std::size_t size_of(DType type) {
  switch (type) {
    case DType::i8:
    case DType::u8:
    case DType::boolean: return 1;
    case DType::f16:
    case DType::bf16:
    case DType::i16: return 2;
    case DType::f32:
    case DType::i32: return 4;
    case DType::f64:
    case DType::i64: return 8;
  }
  throw_internal("tensor: unknown element type");
}

std::string_view name_of(DType type) {
  switch (type) {
    case DType::f32: return "f32";
    case DType::f16: return "f16";
    case DType::bf16: return "bf16";
    case DType::f64: return "f64";
    case DType::i8: return "i8";
    case DType::i16: return "i16";
    case DType::i32: return "i32";
    case DType::i64: return "i64";
    case DType::u8: return "u8";
    case DType::boolean: return "bool";
  }
  throw_internal("tensor: unknown element type");
}

std::int64_t element_count(const Shape& shape) {
  std::int64_t count = 1;
  for (const std::int64_t dim : shape) {
    if (dim < 0) throw_bad_input("shape {}: negative dimension", to_string(shape));
    if (__builtin_mul_overflow(count, dim, &count)) throw_bad_input("shape {}: too many elements", to_string(shape));
  }
  return count;
}

std::size_t byte_count(DType type, const Shape& shape) {
  std::int64_t bytes = 0;
  if (__builtin_mul_overflow(element_count(shape), static_cast<std::int64_t>(size_of(type)), &bytes)) {
    throw_bad_input("shape {}: too many bytes", to_string(shape));
  }
  return static_cast<std::size_t>(bytes);
}

std::string to_string(const Shape& shape) {
  return fmt::format("({})", fmt::join(shape, ", "));
}

Tensor::Tensor(DType type, Shape shape, std::shared_ptr<const std::byte> bytes)
    : dtype_(type), shape_(std::move(shape)), size_(element_count(shape_)), bytes_(std::move(bytes)) {}

Tensor Tensor::allocate(DType type, Shape shape) {
  const std::size_t bytes = byte_count(type, shape);
  std::shared_ptr<std::byte[]> buffer(new std::byte[std::max<std::size_t>(bytes, 1)]());
  return {type, std::move(shape), std::shared_ptr<const std::byte>(buffer, buffer.get())};
}

Tensor Tensor::from_floats(Shape shape, std::span<const float> values) {
  Tensor tensor = allocate(DType::f32, std::move(shape));
  if (values.size() != static_cast<std::size_t>(tensor.size())) {
    throw_internal("tensor {}: given {} values", to_string(tensor.shape()), values.size());
  }
  std::copy(values.begin(), values.end(), tensor.mutable_data<float>().begin());
  return tensor;
}

std::span<const std::byte> Tensor::bytes() const {
  return {bytes_.get(), static_cast<std::size_t>(size_) * size_of(dtype_)};
}

Tensor Tensor::to(DType type) const {
  if (type == dtype_) return *this;
  Tensor out = allocate(type, shape_);
  switch (type) {
    case DType::f32: {
      const auto to = out.mutable_data<float>();
      for_each_float(*this, [&](std::size_t i, double v) { to[i] = static_cast<float>(v); });
      return out;
    }
    case DType::f64: {
      const auto to = out.mutable_data<double>();
      for_each_float(*this, [&](std::size_t i, double v) { to[i] = v; });
      return out;
    }
    case DType::f16: {
      const auto to = out.mutable_data<std::uint16_t>();
      for_each_float(*this, [&](std::size_t i, double v) { to[i] = float_to_half(static_cast<float>(v)); });
      return out;
    }
    case DType::bf16: {
      const auto to = out.mutable_data<std::uint16_t>();
      for_each_float(*this, [&](std::size_t i, double v) { to[i] = float_to_bf16(static_cast<float>(v)); });
      return out;
    }
    default: throw_internal("tensor: no conversion from {} to {}", name_of(dtype_), name_of(type));
  }
}

Tensor Tensor::reshaped(Shape shape) const {
  if (element_count(shape) != size_) throw_internal("tensor: {} cannot become {}", to_string(shape_), to_string(shape));
  return {dtype_, std::move(shape), bytes_};
}

LazyTensor::LazyTensor(DType type, Shape dims, std::function<Tensor()> loader)
    : dtype(type), shape(std::move(dims)), load(std::move(loader)) {}

LazyTensor::LazyTensor(Tensor tensor)
    : dtype(tensor.dtype()), shape(tensor.shape()), load([held = std::move(tensor)] { return held; }) {}

void TensorMap::set(std::string name, LazyTensor tensor) {
  const auto [place, added] = index_.try_emplace(name, entries_.size());
  if (added) {
    entries_.emplace_back(std::move(name), std::move(tensor));
  } else {
    entries_[place->second].second = std::move(tensor);
  }
}

const LazyTensor* TensorMap::find(std::string_view name) const {
  const auto place = index_.find(std::string(name));
  return place == index_.end() ? nullptr : &entries_[place->second].second;
}

const LazyTensor& TensorMap::at(std::string_view name) const {
  const LazyTensor* found = find(name);
  if (found == nullptr) throw_internal("weights: no tensor named {}", name);
  return *found;
}

}  // namespace cnclip
