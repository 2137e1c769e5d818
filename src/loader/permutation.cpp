#include "loader/permutation.h"

#include <algorithm>
#include <bit>

#include "base/random.h"

namespace cnclip {

Permutation::Permutation(std::uint64_t size, std::uint64_t key) : size_(size) {
  // A network of fewer bits reaches its permutations unevenly.
  const int bits = std::max(8, static_cast<int>(std::bit_width(size > 0 ? size - 1 : 0)));
  high_bits_ = bits / 2;
  low_bits_ = bits - high_bits_;
  Random random(key, "permutation");
  for (std::uint64_t& one : keys_) one = random.next();
}

std::uint64_t Permutation::operator()(std::uint64_t place) const {
  do {
    place = once(place);
  } while (place >= size_);
  return place;
}

std::uint64_t Permutation::once(std::uint64_t value) const {
  int high_bits = high_bits_, low_bits = low_bits_;
  std::uint64_t high = value >> low_bits, low = value & ((std::uint64_t{1} << low_bits) - 1);
  for (const std::uint64_t key : keys_) {  // an even number of rounds: the halves end up as wide as they began
    const std::uint64_t mixed = high ^ (Random(low ^ key).next() & ((std::uint64_t{1} << high_bits) - 1));
    high = low;
    low = mixed;
    std::swap(high_bits, low_bits);
  }
  return (high << low_bits) | low;
}

}  // namespace cnclip
