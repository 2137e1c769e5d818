// What could be looked for in anybody's pictures, and mostly is not there.
#pragma once

#include <span>
#include <string>

namespace cnclip::search {

// A few hundred short Chinese descriptions, of things as different as possible. How well they match a library tells
// what chance matches look like there. Changing them changes every relevance a little: kNeutralSentences goes up.
std::span<const std::string> neutral_sentences();
inline constexpr int kNeutralSentences = 1;

}  // namespace cnclip::search
