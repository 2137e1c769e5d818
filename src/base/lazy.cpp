#include "base/lazy.h"

#include <cmath>
#include <cstring>

#include "base/error.h"
#include "base/half.h"

namespace cnclip {
namespace {

// Index of the first value whose exponent bits are all ones, or the size.
template <class T>
std::size_t first_non_finite(std::span<const T> bits, T exponent) {
  constexpr std::size_t kBlock = 4096;
  for (std::size_t begin = 0; begin < bits.size(); begin += kBlock) {
    const std::size_t end = std::min(bits.size(), begin + kBlock);
    bool bad = false;
    for (std::size_t i = begin; i < end; ++i) bad |= (bits[i] & exponent) == exponent;
    for (std::size_t i = begin; bad && i < end; ++i) {
      if ((bits[i] & exponent) == exponent) return i;
    }
  }
  return bits.size();
}

std::size_t first_non_finite(const Tensor& tensor) {
  switch (tensor.dtype()) {
    case DType::f32: return first_non_finite<std::uint32_t>(tensor.data<std::uint32_t>(), 0x7f800000u);
    case DType::f64: return first_non_finite<std::uint64_t>(tensor.data<std::uint64_t>(), 0x7ff0000000000000u);
    case DType::f16: return first_non_finite<std::uint16_t>(tensor.data<std::uint16_t>(), 0x7c00u);
    case DType::bf16: return first_non_finite<std::uint16_t>(tensor.data<std::uint16_t>(), 0x7f80u);
    default: return static_cast<std::size_t>(tensor.size());
  }
}

}  // namespace

bool is_floating(DType type) {
  return type == DType::f32 || type == DType::f16 || type == DType::bf16 || type == DType::f64;
}

LazyTensor slice_rows(const LazyTensor& whole, std::int64_t begin, std::int64_t end) {
  Shape shape = whole.shape;
  shape.at(0) = end - begin;
  return {whole.dtype, shape, [=] {
            const Tensor from = whole.load();
            const std::size_t row = from.bytes().size() / static_cast<std::size_t>(whole.shape[0]);
            const std::byte* first = from.bytes().data() + row * static_cast<std::size_t>(begin);
            return Tensor(from.dtype(), shape, {from.storage(), first});
          }};
}

LazyTensor stack_rows(const std::vector<LazyTensor>& parts) {
  Shape shape = parts.at(0).shape;
  for (std::size_t i = 1; i < parts.size(); ++i) {
    const Shape& other = parts[i].shape;
    if (parts[i].dtype != parts[0].dtype || other.empty() || other.size() != shape.size() ||
        !std::equal(other.begin() + 1, other.end(), shape.begin() + 1)) {
      throw_bad_input("cannot stack {} {} on {} {}", name_of(parts[i].dtype), to_string(other), name_of(parts[0].dtype),
                      to_string(parts[0].shape));
    }
    if (__builtin_add_overflow(shape[0], other[0], &shape[0])) {
      throw_bad_input("cannot stack {} on {}: too many rows", to_string(other), to_string(parts[0].shape));
    }
  }
  return {parts[0].dtype, shape, [=] {
            Tensor to = Tensor::allocate(parts[0].dtype, shape);
            std::byte* at = to.mutable_data<std::byte>().data();
            for (const LazyTensor& part : parts) {
              const Tensor from = part.load();
              std::memcpy(at, from.bytes().data(), from.bytes().size());
              at += from.bytes().size();
            }
            return to;
          }};
}

LazyTensor transposed(const LazyTensor& matrix) {
  if (matrix.shape.size() != 2) throw_bad_input("cannot transpose a tensor of shape {}", to_string(matrix.shape));
  const Shape shape{matrix.shape[1], matrix.shape[0]};
  return {matrix.dtype, shape, [=] {
            const Tensor from = matrix.load();
            Tensor to = Tensor::allocate(matrix.dtype, shape);
            const std::size_t item = size_of(matrix.dtype);
            const auto rows = static_cast<std::size_t>(matrix.shape[0]),
                       columns = static_cast<std::size_t>(matrix.shape[1]);
            std::byte* out = to.mutable_data<std::byte>().data();
            for (std::size_t r = 0; r < rows; ++r) {
              for (std::size_t c = 0; c < columns; ++c) {
                std::memcpy(out + (c * rows + r) * item, from.bytes().data() + (r * columns + c) * item, item);
              }
            }
            return to;
          }};
}

LazyTensor cast(const LazyTensor& tensor, DType type) {
  if (!is_floating(tensor.dtype) || tensor.dtype == type) return tensor;
  return {type, tensor.shape, [=] { return tensor.load().to(type); }};
}

LazyTensor checked_finite(const LazyTensor& tensor, const std::string& name) {
  return {tensor.dtype, tensor.shape, [=] {
            Tensor loaded = tensor.load();
            const std::size_t place = first_non_finite(loaded);
            if (place < static_cast<std::size_t>(loaded.size())) {
              throw_bad_input("{}: value {} is NaN or infinite", name, place);
            }
            return loaded;
          }};
}

}  // namespace cnclip
