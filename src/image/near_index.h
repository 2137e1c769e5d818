// Finds 64-bit hashes that differ from a given one in few bits, without looking at all of them.
//
// Multi-index hashing (Norouzi, Punjani, Fleet 2012): each hash stands in three tables, by its upper 22, middle 21 and
// lower 21 bits. Two hashes that differ in d bits agree in one of the three but for d / 3, so only the few places so
// near to the query's own are looked at. 20 bytes a hash and 32 MiB for the tables.
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <vector>

namespace cnclip {

class NearIndex {
 public:
  static constexpr int kMaxDistance = 8;

  void add(std::uint64_t hash);
  // Whether a hash added before lies within `distance` bits, at most kMaxDistance.
  bool contains(std::uint64_t hash, int distance) const;
  // Gives the place (0, 1, … in the order of add) of every such hash, some more than once, until `visit` returns false.
  void visit_near(std::uint64_t hash, int distance, const std::function<bool(std::size_t place)>& visit) const;
  std::size_t size() const { return hashes_.size(); }

 private:
  struct Band {
    int shift;
    int bits;
  };
  static constexpr std::array<Band, 3> kBands = {{{42, 22}, {21, 21}, {0, 21}}};

  struct Query {
    std::uint64_t hash;
    int distance;
    const std::function<bool(std::size_t)>& visit;
  };
  bool visit_band(std::size_t band, std::uint32_t key, int first_bit, int flips, const Query& query) const;

  std::vector<std::uint64_t> hashes_;
  std::array<std::vector<std::uint32_t>, 3> heads_;  // 1 + the latest hash of each key; 0: none
  std::array<std::vector<std::uint32_t>, 3> nexts_;  // 1 + the one before it of the same key
};

}  // namespace cnclip
