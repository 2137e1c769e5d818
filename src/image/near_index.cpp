#include "image/near_index.h"

#include <bit>

namespace cnclip {
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
  bool found = false;
  visit_near(hash, distance, [&](std::size_t) {
    found = true;
    return false;
  });
  return found;
}

void NearIndex::visit_near(std::uint64_t hash, int distance,
                           const std::function<bool(std::size_t place)>& visit) const {
  if (hashes_.empty()) return;
  const Query query{hash, distance, visit};
  for (std::size_t band = 0; band < kBands.size(); ++band) {
    if (!visit_band(band, key_of(hash, kBands[band].shift, kBands[band].bits), 0, distance / 3, query)) return;
  }
}

// Looks at `key` and all keys that differ from it in at most `flips` bits from `first_bit` on; false when there is no
// need to look further.
bool NearIndex::visit_band(std::size_t band, std::uint32_t key, int first_bit, int flips, const Query& query) const {
  for (std::uint32_t at = heads_[band][key]; at != 0; at = nexts_[band][at - 1]) {
    if (std::popcount(hashes_[at - 1] ^ query.hash) <= query.distance && !query.visit(at - 1)) return false;
  }
  if (flips == 0) return true;
  for (int bit = first_bit; bit < kBands[band].bits; ++bit) {
    if (!visit_band(band, key ^ 1u << bit, bit + 1, flips - 1, query)) return false;
  }
  return true;
}

}  // namespace cnclip
