#if defined(__x86_64__)
#if defined(__GNUC__) && !defined(__clang__)  // GCC 12 warns of its own header
#pragma GCC diagnostic ignored "-Wmaybe-uninitialized"
#pragma GCC diagnostic ignored "-Wuninitialized"
#endif
#include <immintrin.h>
#endif

#include "search/nearest/codes.h"

namespace cnclip::search {
namespace {

// 32-bit sums that may wrap around: unsigned. Written for the compiler to vectorize.
[[gnu::always_inline]] inline void multiply_plainly(const QueryCode& query, const std::uint8_t* codes,
                                                    std::size_t count, std::int32_t* products) {
  const std::int16_t* whole = query.whole().data();
  const std::size_t stride = query.whole().size();
  for (std::size_t row = 0; row < count; ++row, codes += stride) {
    std::uint32_t sum = 0;
    for (std::size_t i = 0; i < stride; ++i)
      sum += static_cast<std::uint32_t>(std::int32_t{whole[i]} * std::int32_t{codes[i]});
    products[row] = static_cast<std::int32_t>(sum - static_cast<std::uint32_t>(query.offset()));
  }
}

void multiply_portable(const QueryCode& query, const std::uint8_t* codes, std::size_t count, std::int32_t* products) {
  multiply_plainly(query, codes, count, products);
}

#if defined(__x86_64__)
[[gnu::target("avx2")]] void multiply_avx2(const QueryCode& query, const std::uint8_t* codes, std::size_t count,
                                           std::int32_t* products) {
  multiply_plainly(query, codes, count, products);
}

#define CNCLIP_VNNI __attribute__((target("avx512f,avx512bw,avx512vnni")))

// Sums of the lanes of four registers.
CNCLIP_VNNI inline __m128i sums_of(__m512i a, __m512i b, __m512i c, __m512i d) {
  const __m512i ab = _mm512_add_epi32(_mm512_unpacklo_epi32(a, b), _mm512_unpackhi_epi32(a, b));
  const __m512i cd = _mm512_add_epi32(_mm512_unpacklo_epi32(c, d), _mm512_unpackhi_epi32(c, d));
  const __m512i all = _mm512_add_epi32(_mm512_unpacklo_epi64(ab, cd), _mm512_unpackhi_epi64(ab, cd));
  const __m256i half = _mm256_add_epi32(_mm512_castsi512_si256(all), _mm512_extracti64x4_epi64(all, 1));
  return _mm_add_epi32(_mm256_castsi256_si128(half), _mm256_extracti128_si256(half, 1));
}

// Four rows at a time share what is loaded of the query.
CNCLIP_VNNI void multiply_vnni(const QueryCode& query, const std::uint8_t* codes, std::size_t count,
                               std::int32_t* products) {
  const std::size_t stride = query.high().size();
  const __m128i offset = _mm_set1_epi32(query.offset());
  for (std::size_t row = 0; row < count; row += 4) {
    const std::uint8_t* rows[4];
    for (std::size_t i = 0; i < 4; ++i) rows[i] = codes + (row + i < count ? row + i : row) * stride;
    __m512i high[4], low[4];
    for (std::size_t i = 0; i < 4; ++i) high[i] = low[i] = _mm512_setzero_si512();
    for (std::size_t at = 0; at < stride; at += 64) {
      const __m512i of_high = _mm512_loadu_si512(query.high().data() + at);
      const __m512i of_low = _mm512_loadu_si512(query.low().data() + at);
      for (std::size_t i = 0; i < 4; ++i) {
        const __m512i of_row = _mm512_loadu_si512(rows[i] + at);
        high[i] = _mm512_dpbusd_epi32(high[i], of_row, of_high);
        low[i] = _mm512_dpbusd_epi32(low[i], of_row, of_low);
      }
    }
    for (std::size_t i = 0; i < 4; ++i) high[i] = _mm512_add_epi32(_mm512_slli_epi32(high[i], 7), low[i]);
    alignas(16) std::int32_t sums[4];
    _mm_store_si128(reinterpret_cast<__m128i*>(sums),
                    _mm_sub_epi32(sums_of(high[0], high[1], high[2], high[3]), offset));
    for (std::size_t i = 0; i < 4 && row + i < count; ++i) products[row + i] = sums[i];
  }
}
#endif

}  // namespace

CodeKernel portable_code_kernel() {
  return multiply_portable;
}
#if defined(__x86_64__)
CodeKernel avx2_code_kernel() {
  return __builtin_cpu_supports("avx2") ? multiply_avx2 : nullptr;
}
CodeKernel vnni_code_kernel() {
  return __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512vnni") ? multiply_vnni : nullptr;
}
#else
CodeKernel avx2_code_kernel() {
  return nullptr;
}
CodeKernel vnni_code_kernel() {
  return nullptr;
}
#endif

}  // namespace cnclip::search
