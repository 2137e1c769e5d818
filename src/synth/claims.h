// What a caption says of its scene, as a set of facts: so that it can be asked how many pictures it is true of.
#pragma once

#include <cstdint>
#include <string>
#include <unordered_map>
#include <vector>

#include "synth/scene.h"

namespace cnclip::synth {

// The kind of scene, and the shapes and the count in it, are always said.
enum Claim : std::uint32_t {
  first_color = 1 << 0,
  first_pattern = 1 << 1,
  first_size = 1 << 2,
  second_color = 1 << 3,
  second_pattern = 1 << 4,
  second_size = 1 << 5,
  arrangement = 1 << 6,  // the cell, the layout or the relation
  background = 1 << 7,
};
using Claims = std::uint32_t;

inline constexpr Claims kAllClaims = (1 << 8) - 1;

// Equal for two scenes exactly when every caption with these claims that is true of one is true of the other.
std::string stated(const Scene& scene, Claims claims);

// How many of `scenes`, which must outlive this, a caption with these claims on one of them is true of.
class Truths {
 public:
  explicit Truths(const std::vector<Scene>& scenes) : scenes_(scenes) {}
  int count(const Scene& scene, Claims claims);

 private:
  const std::vector<Scene>& scenes_;
  std::unordered_map<Claims, std::unordered_map<std::string, int>> tables_;  // made when first asked for
};

}  // namespace cnclip::synth
