// Vectors as 8-bit codes: a quarter of the bytes to read, and a bound on how far a product can be off.
//
// A row v is kept as v^ = scale * (code - 128), with error = |v - v^|; a query q as q^ = scale * (integers of 15 bits).
// By Cauchy and Schwarz |q.v - q^.v^| <= |q| |v - v^| + |q - q^| |v^|, so that whoever looks only at rows whose product
// of codes is within that of the best misses none.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

namespace cnclip::search {

// Codes of a row lie this many bytes apart.
constexpr std::size_t code_stride(std::int64_t width) {
  return (static_cast<std::size_t>(width) + 63) / 64 * 64;
}

struct RowCode {
  float scale = 0, error = 0;
};
// `codes`: code_stride(row.size()) bytes.
RowCode make_row_code(std::span<const float> row, std::uint8_t* codes);

class QueryCode {
 public:
  // `query`: of unit length, at most 65,536 values.
  explicit QueryCode(std::span<const float> query);

  // The integer part of the products with `count` rows of codes.
  void multiply(const std::uint8_t* codes, std::size_t count, std::int32_t* products) const;
  // The product itself: scale() * row's scale * integer part.
  float scale() const { return scale_; }
  // Products are off by at most length() * row's error + slack().
  float length() const { return length_; }
  float slack() const { return slack_; }

  // The parts of it, for the kernels: whole = 128 * high + low, as many as code_stride() says.
  std::span<const std::int16_t> whole() const { return whole_; }
  std::span<const std::int8_t> high() const { return high_; }
  std::span<const std::int8_t> low() const { return low_; }
  std::int32_t offset() const { return offset_; }  // what codes being 128 too large adds to a product

 private:
  std::vector<std::int16_t> whole_;
  std::vector<std::int8_t> high_, low_;
  std::int32_t offset_ = 0;
  float scale_ = 0, length_ = 0, slack_ = 0;
};

// The kernels, all of which give the same integers. Null where this processor lacks what the kernel needs.
using CodeKernel = void (*)(const QueryCode&, const std::uint8_t* codes, std::size_t count, std::int32_t* products);
CodeKernel portable_code_kernel();
CodeKernel avx2_code_kernel();
CodeKernel vnni_code_kernel();  // AVX-512 VNNI

// The product of the vectors themselves: summed in double, so that it is the same on every processor and for every
// neighbour, and as near the true one as float32 can say.
float exact_product(std::span<const float> a, std::span<const float> b);

}  // namespace cnclip::search
