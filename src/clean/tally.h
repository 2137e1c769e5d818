// How often each of many keys occurs, in eight bytes a slot.
#pragma once

#include <cstdint>
#include <vector>

namespace cnclip::clean {

// Keys are hashes. 56 bits of a key are kept: among ten million keys, the chance that any two are taken for one is
// under a thousandth. Counts stop at 255. At most two thirds of the slots are in use, at least a third once it has
// grown.
class Tally {
 public:
  // The count, this time included.
  unsigned add(std::uint64_t key) {
    if (3 * (used_ + 1) > 2 * slots_.size()) grow();
    std::uint64_t& slot = slots_[find(key)];
    if (slot == 0) {
      ++used_;
      slot = tag(key) << 8;
    }
    if ((slot & 255) < 255) ++slot;
    return static_cast<unsigned>(slot & 255);
  }
  unsigned count(std::uint64_t key) const {
    return slots_.empty() ? 0 : static_cast<unsigned>(slots_[find(key)] & 255);
  }
  std::size_t bytes() const { return slots_.size() * sizeof(std::uint64_t); }

 private:
  static std::uint64_t tag(std::uint64_t key) { return key >> 8; }

  // The slot of the key, or the empty one where it would stand.
  std::size_t find(std::uint64_t key) const {
    const std::size_t mask = slots_.size() - 1;
    std::size_t at = static_cast<std::size_t>(tag(key) * 0x9e3779b97f4a7c15u >> 20) & mask;
    while (slots_[at] != 0 && slots_[at] >> 8 != tag(key)) at = (at + 1) & mask;
    return at;
  }
  void grow() {
    std::vector<std::uint64_t> old(slots_.empty() ? 1024 : 2 * slots_.size());
    old.swap(slots_);
    for (const std::uint64_t slot : old) {
      if (slot != 0) slots_[find(slot & ~std::uint64_t{255})] = slot;
    }
  }

  std::vector<std::uint64_t> slots_;  // tag << 8 | count; 0 where there is none
  std::size_t used_ = 0;
};

}  // namespace cnclip::clean
