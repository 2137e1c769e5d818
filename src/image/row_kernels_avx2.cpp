#include "image/row_kernels.h"

#if defined(__x86_64__) && defined(__GNUC__)

#include <immintrin.h>

#include <cstring>

#define CNCLIP_AVX2 __attribute__((target("avx2")))

namespace cnclip {
namespace {

CNCLIP_AVX2 __m128i load16(const void* from) {
  return _mm_loadu_si128(static_cast<const __m128i*>(from));
}
CNCLIP_AVX2 __m256i load32(const void* from) {
  return _mm256_loadu_si256(static_cast<const __m256i*>(from));
}

CNCLIP_AVX2 void split_rgb(const std::uint8_t* row, int width, std::uint8_t* planes, std::size_t stride) {
  // Byte x of channel c stands at 3x + c: in the first, second or third 16 bytes. -1 gives 0, so the parts can be
  // or-ed.
  alignas(16) std::int8_t places[3][3][16];
  for (int c = 0; c < 3; ++c) {
    for (int part = 0; part < 3; ++part) {
      for (int x = 0; x < 16; ++x) {
        const int at = 3 * x + c - 16 * part;
        places[c][part][x] = static_cast<std::int8_t>(at >= 0 && at < 16 ? at : -1);
      }
    }
  }
  int x = 0;
  for (; x + 16 <= width; x += 16, row += 48) {
    const __m128i parts[3] = {load16(row), load16(row + 16), load16(row + 32)};
    for (std::size_t c = 0; c < 3; ++c) {
      const __m128i plane = _mm_or_si128(_mm_or_si128(_mm_shuffle_epi8(parts[0], load16(places[c][0])),
                                                      _mm_shuffle_epi8(parts[1], load16(places[c][1]))),
                                         _mm_shuffle_epi8(parts[2], load16(places[c][2])));
      _mm_storeu_si128(reinterpret_cast<__m128i*>(planes + c * stride + static_cast<std::size_t>(x)), plane);
    }
  }
  for (; x < width; ++x) {
    for (std::size_t c = 0; c < 3; ++c) planes[c * stride + static_cast<std::size_t>(x)] = *row++;
  }
}

// Sums modulo 2^32 of (high << 15) + low; the whole fits 32 bits though its parts may not.
CNCLIP_AVX2 __m256i joined(__m256i high, __m256i low) {
  return _mm256_add_epi32(_mm256_slli_epi32(high, 15), low);
}

CNCLIP_AVX2 void horizontal(const std::uint8_t* const* rows, const Taps& taps, std::uint8_t* const* out) {
  const __m128i half = _mm_set1_epi32(kWeightHalf);
  for (int x = 0; x < taps.out; ++x) {
    const auto place = static_cast<std::size_t>(x);
    const std::int16_t* high = taps.high.data() + place * taps.stride;
    const std::int16_t* low = taps.low.data() + place * taps.stride;
    const int first = taps.first[place], count = taps.count[place];
    __m256i h0 = _mm256_setzero_si256(), h1 = h0, h2 = h0, h3 = h0, l0 = h0, l1 = h0, l2 = h0, l3 = h0;
    for (int k = 0; k < count; k += 16) {
      const __m256i wh = load32(high + k), wl = load32(low + k);
      const __m256i p0 = _mm256_cvtepu8_epi16(load16(rows[0] + first + k));
      const __m256i p1 = _mm256_cvtepu8_epi16(load16(rows[1] + first + k));
      const __m256i p2 = _mm256_cvtepu8_epi16(load16(rows[2] + first + k));
      const __m256i p3 = _mm256_cvtepu8_epi16(load16(rows[3] + first + k));
      h0 = _mm256_add_epi32(h0, _mm256_madd_epi16(p0, wh));
      h1 = _mm256_add_epi32(h1, _mm256_madd_epi16(p1, wh));
      h2 = _mm256_add_epi32(h2, _mm256_madd_epi16(p2, wh));
      h3 = _mm256_add_epi32(h3, _mm256_madd_epi16(p3, wh));
      l0 = _mm256_add_epi32(l0, _mm256_madd_epi16(p0, wl));
      l1 = _mm256_add_epi32(l1, _mm256_madd_epi16(p1, wl));
      l2 = _mm256_add_epi32(l2, _mm256_madd_epi16(p2, wl));
      l3 = _mm256_add_epi32(l3, _mm256_madd_epi16(p3, wl));
    }
    const __m256i pairs = _mm256_hadd_epi32(_mm256_hadd_epi32(joined(h0, l0), joined(h1, l1)),
                                            _mm256_hadd_epi32(joined(h2, l2), joined(h3, l3)));
    __m128i sums = _mm_add_epi32(_mm256_castsi256_si128(pairs), _mm256_extracti128_si256(pairs, 1));
    sums = _mm_srai_epi32(_mm_add_epi32(sums, half), kWeightBits);
    sums = _mm_packus_epi16(_mm_packs_epi32(sums, sums), sums);
    const auto bytes = static_cast<std::uint32_t>(_mm_cvtsi128_si32(sums));
    for (int i = 0; i < kRowBatch; ++i) out[i][x] = static_cast<std::uint8_t>(bytes >> (8 * i));
  }
}

CNCLIP_AVX2 void vertical(const std::uint8_t* const* rows, const Taps& taps, int place, std::size_t width,
                          std::uint8_t* out) {
  const std::int16_t* high = taps.high.data() + static_cast<std::size_t>(place) * taps.stride;
  const std::int16_t* low = taps.low.data() + static_cast<std::size_t>(place) * taps.stride;
  const int count = taps.count[static_cast<std::size_t>(place)];
  const __m256i half = _mm256_set1_epi32(kWeightHalf);
  for (std::size_t x = 0; x < width; x += 16) {
    __m256i h0 = _mm256_setzero_si256(), h1 = h0, l0 = h0, l1 = h0;
    for (int k = 0; k < count; k += 2) {  // two rows, their samples side by side
      std::int32_t pair_high, pair_low;
      std::memcpy(&pair_high, high + k, 4);
      std::memcpy(&pair_low, low + k, 4);
      const __m256i wh = _mm256_set1_epi32(pair_high), wl = _mm256_set1_epi32(pair_low);
      const __m128i a = load16(rows[k] + x), b = load16(rows[k + 1] + x);
      const __m256i p0 = _mm256_cvtepu8_epi16(_mm_unpacklo_epi8(a, b));
      const __m256i p1 = _mm256_cvtepu8_epi16(_mm_unpackhi_epi8(a, b));
      h0 = _mm256_add_epi32(h0, _mm256_madd_epi16(p0, wh));
      h1 = _mm256_add_epi32(h1, _mm256_madd_epi16(p1, wh));
      l0 = _mm256_add_epi32(l0, _mm256_madd_epi16(p0, wl));
      l1 = _mm256_add_epi32(l1, _mm256_madd_epi16(p1, wl));
    }
    const __m256i s0 = _mm256_srai_epi32(_mm256_add_epi32(joined(h0, l0), half), kWeightBits);
    const __m256i s1 = _mm256_srai_epi32(_mm256_add_epi32(joined(h1, l1), half), kWeightBits);
    // Packing works within 128-bit lanes; the permutation restores the order of columns.
    const __m256i words = _mm256_permute4x64_epi64(_mm256_packs_epi32(s0, s1), 0xd8);
    const __m128i bytes = _mm_packus_epi16(_mm256_castsi256_si128(words), _mm256_extracti128_si256(words, 1));
    _mm_storeu_si128(reinterpret_cast<__m128i*>(out + x), bytes);
  }
}

}  // namespace

const RowKernels* avx2_kernels() {
  static constexpr RowKernels kKernels = {"avx2", split_rgb, horizontal, vertical};
  return __builtin_cpu_supports("avx2") ? &kKernels : nullptr;
}

}  // namespace cnclip

#else

namespace cnclip {
const RowKernels* avx2_kernels() {
  return nullptr;
}
}  // namespace cnclip

#endif
