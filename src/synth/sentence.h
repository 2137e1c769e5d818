// What writers of sentences share, whatever their language: chance, and the record of what was said.
#pragma once

#include <span>
#include <string>

#include "synth/claims.h"

namespace cnclip::synth {

class SentenceWriter {
 public:
  SentenceWriter(const Scene& scene, Random& random) : scene_(scene), random_(random) {}

 protected:
  // How often what could be said of a thing is said.
  static constexpr double kColorSaid = 0.92, kPatternSaid = 0.85, kSizeSaid = 0.75;

  bool chance(double probability) { return random_.uniform() < probability; }
  template <class T>
  const T& any(std::span<const T> choices) {
    return choices[static_cast<std::size_t>(below(random_, static_cast<int>(choices.size())))];
  }
  // One of several sentences, each made only when it is chosen.
  template <class... Makers>
  std::string one_of(Makers... makers) {
    int chosen = below(random_, sizeof...(makers));
    std::string text;
    ((chosen-- == 0 ? void(text = makers()) : void()), ...);
    return text;
  }
  bool say(Claim claim, double probability) {
    if (!chance(probability)) return false;
    claims_ |= claim;
    return true;
  }
  // The size of what lies inside another object, and of that, goes without saying.
  bool has_size(const Object& object) const {
    return object.size != Size::medium && !(scene_.kind == Kind::pair && scene_.relation == Relation::inside);
  }

  const Scene& scene_;
  Random& random_;
  Claims claims_ = 0;
};

}  // namespace cnclip::synth
