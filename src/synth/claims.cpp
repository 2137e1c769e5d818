#include "synth/claims.h"

#include <utility>

namespace cnclip::synth {
namespace {

// Facts as letters; '-' for what is not said.
std::string facts(const Object& object, bool color, bool pattern, bool size) {
  const auto letter = [](bool said, auto value) {
    return said ? static_cast<char>('A' + static_cast<int>(value)) : '-';
  };
  return {letter(true, object.shape), letter(color, object.color), letter(pattern, object.pattern),
          letter(size, object.size)};
}

int arrangement_of(const Scene& scene) {
  switch (scene.kind) {
    case Kind::single: return scene.cell;
    case Kind::group: return static_cast<int>(scene.layout);
    case Kind::pair: return static_cast<int>(scene.relation);
  }
  return 0;
}

}  // namespace

std::string stated(const Scene& scene, Claims claims) {
  std::string first = facts(scene.first, claims & first_color, claims & first_pattern, claims & first_size);
  std::string second = scene.kind == Kind::pair
                           ? facts(scene.second, claims & second_color, claims & second_pattern, claims & second_size)
                           : "";
  // "A and B" without their places is also true of B and A.
  if (scene.kind == Kind::pair && (claims & arrangement) == 0 && second < first) std::swap(first, second);
  std::string text = {static_cast<char>('0' + static_cast<int>(scene.kind)), static_cast<char>('0' + scene.count)};
  text += first + second;
  text += (claims & arrangement) != 0 ? static_cast<char>('0' + arrangement_of(scene)) : '-';
  text += (claims & background) != 0 ? static_cast<char>('0' + static_cast<int>(scene.background)) : '-';
  return text;
}

int Truths::count(const Scene& scene, Claims claims) {
  auto [table, fresh] = tables_.try_emplace(claims);
  if (fresh) {
    for (const Scene& other : scenes_) ++table->second[stated(other, claims)];
  }
  return table->second[stated(scene, claims)];
}

}  // namespace cnclip::synth
