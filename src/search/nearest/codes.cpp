#include "search/nearest/codes.h"

#include <algorithm>
#include <cmath>
#include <numeric>

namespace cnclip::search {
namespace {

double length_of(std::span<const float> values) {
  return std::sqrt(std::inner_product(values.begin(), values.end(), values.begin(), 0.0));
}

float largest_of(std::span<const float> values) {
  float largest = 0;
  for (const float value : values) largest = std::max(largest, std::abs(value));
  return largest;
}

// Bounds are rounded away from what they bound, and products of unit vectors are rounded by less than this besides.
constexpr float kRounding = 4e-6f, kUp = 1.0f + 1e-6f;

}  // namespace

RowCode make_row_code(std::span<const float> row, std::uint8_t* codes) {
  const float largest = largest_of(row), scale = largest / 127;
  std::fill_n(codes, code_stride(static_cast<std::int64_t>(row.size())), std::uint8_t{128});
  double square = 0;
  for (std::size_t i = 0; i < row.size(); ++i) {
    const int code = scale > 0 ? std::clamp(static_cast<int>(std::lrint(row[i] / scale)), -127, 127) : 0;
    codes[i] = static_cast<std::uint8_t>(code + 128);
    const double off = double{row[i]} - double{scale} * code;
    square += off * off;
  }
  return {scale, static_cast<float>(std::sqrt(square)) * kUp};
}

QueryCode::QueryCode(std::span<const float> query)
    : whole_(code_stride(static_cast<std::int64_t>(query.size()))), high_(whole_.size()), low_(whole_.size()) {
  // 15 bits, or what keeps a sum of products with codes within 32 bits.
  const auto range = static_cast<float>(
      std::min<std::int64_t>(127 * 128, INT32_MAX / (127 * std::max<std::int64_t>(1, std::ssize(query)))));
  scale_ = largest_of(query) / range;
  double square = 0;
  std::int64_t sum = 0;
  for (std::size_t i = 0; i < query.size(); ++i) {
    const int whole = scale_ > 0 ? static_cast<int>(std::lrint(query[i] / scale_)) : 0;
    const int high = (whole + (whole >= 0 ? 64 : -64)) / 128;
    whole_[i] = static_cast<std::int16_t>(whole);
    high_[i] = static_cast<std::int8_t>(high);
    low_[i] = static_cast<std::int8_t>(whole - 128 * high);
    const double off = double{query[i]} - double{scale_} * whole;
    square += off * off;
    sum += whole;
  }
  offset_ = static_cast<std::int32_t>(static_cast<std::uint32_t>(128 * sum));  // sums wrap around, and back
  length_ = static_cast<float>(length_of(query)) * kUp;
  constexpr float kLongestRow = 1.1f;  // as it is coded: a unit vector, and what the code is off
  slack_ = static_cast<float>(std::sqrt(square)) * kLongestRow * kUp + kRounding;
}

void QueryCode::multiply(const std::uint8_t* codes, std::size_t count, std::int32_t* products) const {
  static const CodeKernel kernel = vnni_code_kernel()   ? vnni_code_kernel()
                                   : avx2_code_kernel() ? avx2_code_kernel()
                                                        : portable_code_kernel();
  kernel(*this, codes, count, products);
}

float exact_product(std::span<const float> a, std::span<const float> b) {
  // Eight sums, for the compiler to keep in registers. A product of two floats is exact in double, fused or not.
  constexpr std::size_t kLanes = 8;
  double sums[kLanes] = {};
  std::size_t i = 0;
  for (; i + kLanes <= a.size(); i += kLanes) {
    for (std::size_t lane = 0; lane < kLanes; ++lane) sums[lane] += double{a[i + lane]} * double{b[i + lane]};
  }
  for (; i < a.size(); ++i) sums[0] += double{a[i]} * double{b[i]};
  return static_cast<float>(std::accumulate(sums, sums + kLanes, 0.0));
}

}  // namespace cnclip::search
