// A permutation of the numbers below `size`, chosen by a key and computed number by number: no memory, whatever the
// size (a Feistel network on the next power of two, walked until it comes back inside).
#pragma once

#include <array>
#include <cstdint>

namespace cnclip {

class Permutation {
 public:
  Permutation(std::uint64_t size, std::uint64_t key);
  std::uint64_t size() const { return size_; }
  // place < size()
  std::uint64_t operator()(std::uint64_t place) const;

 private:
  std::uint64_t once(std::uint64_t value) const;

  std::uint64_t size_;
  int high_bits_, low_bits_;
  std::array<std::uint64_t, 8> keys_;
};

}  // namespace cnclip
