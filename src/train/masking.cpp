#include "train/masking.h"

#include <algorithm>
#include <cmath>

#include "base/error.h"

namespace cnclip {
namespace {

constexpr double kAsked = 0.15;
constexpr double kHidden = 0.8, kReplaced = 0.1;  // of those; the rest stays as it is

}  // namespace

Masking::Masking(const SpecialTokens& special, std::int32_t vocabulary) : special_(special), vocabulary_(vocabulary) {
  if (special.mask < 0 || special.mask >= vocabulary) {
    throw_usage("masked language modelling: there is no [MASK] among the {} tokens of the vocabulary", vocabulary);
  }
}

void Masking::add(std::span<const std::int32_t> text, Random& random, MaskedTexts& to) const {
  const auto asked = [this](std::int32_t id) { return may_be_asked(id); };
  auto left = static_cast<double>(std::ranges::count_if(text, asked));
  double wanted = std::max(std::min(left, 1.0), std::round(kAsked * left));
  for (const std::int32_t id : text) {
    std::int32_t shown = id;
    // Every choice of `wanted` of the tokens that are left is as likely as any other.
    if (may_be_asked(id) && random.uniform() * left-- < wanted) {
      --wanted;
      to.places.push_back(static_cast<std::int64_t>(to.ids.size()));
      to.answers.push_back(id);
      const double chance = random.uniform();
      if (chance < kHidden) {
        shown = special_.mask;
      } else if (chance < kHidden + kReplaced) {
        shown = static_cast<std::int32_t>(random.uniform() * vocabulary_);
      }
    }
    to.ids.push_back(shown);
  }
}

}  // namespace cnclip
