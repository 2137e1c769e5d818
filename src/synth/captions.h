// Chinese sentences about scenes.
#pragma once

#include "synth/claims.h"

namespace cnclip::synth {

struct Caption {
  std::string text;
  Claims claims = 0;
};

// A true sentence, with a random choice of what is said, of words and of structure.
Caption random_caption(const Scene& scene, Random& random);

}  // namespace cnclip::synth
