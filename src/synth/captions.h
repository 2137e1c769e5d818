// Sentences about scenes.
#pragma once

#include "synth/claims.h"

namespace cnclip::synth {

struct Caption {
  std::string text;
  Claims claims = 0;
};

enum class Language : std::uint8_t { zh, en };

// A true sentence, with a random choice of what is said, of words and of structure.
Caption chinese_caption(const Scene& scene, Random& random);
Caption english_caption(const Scene& scene, Random& random);

inline Caption random_caption(const Scene& scene, Random& random, Language language) {
  return language == Language::zh ? chinese_caption(scene, random) : english_caption(scene, random);
}

}  // namespace cnclip::synth
