#include "clean/near_index.h"

#include <bit>

namespace cnclip::clean {
namespace {

std::uint32_t key_of(std::uint64_t hash, int shift, int bits) {
  return static_cast<std::uint32_t>(hash >> shift & ((std::uint64_t{1} << bits) - 1));
}

}  // namespace

void NearIndex::add(std::uint64_t hash) {
  hashes_.push_back(hash);
  for (std::size_t band = 0; band < kBands.size(); ++band) {
    const auto [shift, bits] = kBands[band];
    if (heads_[band].empty()) heads_[band].resize(std::size_t{1} << bits);
    std::uint32_t& head = heads_[band][key_of(hash, shift, bits)];
    nexts_[band].push_back(head);
    head = static_cast<std::uint32_t>(hashes_.size());
  }
}

bool NearIndex::contains(std::uint64_t hash, int distance) const {
  if (hashes_.empty()) return false;
  for (std::size_t band = 0; band < kBands.size(); ++band) {
    const std::uint32_t key = key_of(hash, kBands[band].shift, kBands[band].bits);
    if (found_near(band, key, 0, distance / 3, hash, distance)) return true;
  }
  return false;
}

// Looks at `key` and all keys that differ from it in at most `flips` bits from `first_bit` on.
bool NearIndex::found_near(std::size_t band, std::uint32_t key, int first_bit, int flips, std::uint64_t hash,
                           int distance) const {
  for (std::uint32_t at = heads_[band][key]; at != 0; at = nexts_[band][at - 1]) {
    if (std::popcount(hashes_[at - 1] ^ hash) <= distance) return true;
  }
  if (flips == 0) return false;
  for (int bit = first_bit; bit < kBands[band].bits; ++bit) {
    if (found_near(band, key ^ 1u << bit, bit + 1, flips - 1, hash, distance)) return true;
  }
  return false;
}

}  // namespace cnclip::clean
