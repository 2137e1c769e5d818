// A fast 64-bit hash for tables of every caption, and check sums; no defence against those who look for collisions.
// What must not be taken for one another is told apart by the 128 bits of data/formats/fingerprint.h.
#pragma once

#include <cstdint>
#include <cstring>
#include <string_view>

namespace cnclip::clean {

// The 128-bit product folded: every bit of either factor moves every bit of the result.
inline std::uint64_t mixed(std::uint64_t a, std::uint64_t b) {
  __extension__ using Wide = unsigned __int128;
  const Wide product = static_cast<Wide>(a) * b;
  return static_cast<std::uint64_t>(product) ^ static_cast<std::uint64_t>(product >> 64);
}

inline std::uint64_t hash64(std::string_view text, std::uint64_t seed = 0) {
  constexpr std::uint64_t kOdd1 = 0x9e3779b97f4a7c15u, kOdd2 = 0xbf58476d1ce4e5b9u, kOdd3 = 0x94d049bb133111ebu;
  std::uint64_t state = seed ^ mixed(text.size() ^ kOdd1, kOdd2);
  const auto word = [&](std::size_t at, std::size_t size) {
    std::uint64_t value = 0;
    std::memcpy(&value, text.data() + at, size);
    return value;
  };
  std::size_t at = 0;
  for (; at + 16 <= text.size(); at += 16) state = mixed(word(at, 8) ^ kOdd2, word(at + 8, 8) ^ state);
  if (at + 8 <= text.size()) {
    state = mixed(word(at, 8) ^ kOdd3, state ^ kOdd1);
    at += 8;
  }
  if (at < text.size()) state = mixed(word(at, text.size() - at) ^ kOdd1, state ^ kOdd3);
  return mixed(state ^ kOdd1, kOdd3 ^ text.size());
}

}  // namespace cnclip::clean
