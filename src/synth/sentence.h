// What writers of sentences share, whatever their language: chance, and the record of what was said.
#pragma once

#include <string>

#include "synth/lexicon.h"

namespace cnclip::synth {

class SentenceWriter {
 public:
  virtual ~SentenceWriter() = default;

  Caption write() {
    Caption caption;
    switch (scene_.kind) {
      case Kind::single: caption.text = single(); break;
      case Kind::group: caption.text = group(); break;
      case Kind::pair: caption.text = pair(); break;
    }
    caption.claims = claims_;
    return caption;
  }

 protected:
  SentenceWriter(const Scene& scene, Random& random, const Lexicon& lexicon)
      : scene_(scene), random_(random), lexicon_(lexicon) {}

  // How often what could be said of a thing is said.
  static constexpr double kColorSaid = 0.92, kPatternSaid = 0.85, kSizeSaid = 0.75;

  bool chance(double probability) { return random_.uniform() < probability; }
  template <class T>
  const T& any(const Choice<T>& choice) {
    const std::span<const T> all = choice.all();
    return all[static_cast<std::size_t>(below(random_, static_cast<int>(all.size())))];
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
  std::string back() { return std::string(any(lexicon_.of(scene_.background))); }

  const Scene& scene_;
  Random& random_;
  const Lexicon& lexicon_;
  Claims claims_ = 0;

 private:
  virtual std::string single() = 0;
  virtual std::string group() = 0;
  virtual std::string pair() = 0;
};

}  // namespace cnclip::synth
