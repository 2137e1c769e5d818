// Which tokens of a text masked language modelling asks for, and what stands in their place (BERT, arXiv 1810.04805).
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "base/random.h"
#include "text/special_tokens.h"

namespace cnclip {

struct MaskedTexts {
  std::vector<std::int32_t> ids;      // one text after another, as the tower is to see them
  std::vector<std::int64_t> places;   // in `ids`, rising: the tokens to be told
  std::vector<std::int32_t> answers;  // what stood there
};

class Masking {
 public:
  // `vocabulary`: ids that may stand in a token's place, 0 .. vocabulary - 1. Throws usage where there is no mask
  // token.
  Masking(const SpecialTokens& special, std::int32_t vocabulary);

  // Adds a text. Of its tokens but [CLS], [SEP], [PAD] and [UNK], 15 % are to be told, at least one where there is one;
  // of these, 80 % become [MASK], 10 % any token, and 10 % stay.
  void add(std::span<const std::int32_t> text, Random& random, MaskedTexts& to) const;

 private:
  bool may_be_asked(std::int32_t id) const {
    return id != special_.cls && id != special_.sep && id != special_.pad && id != special_.unknown;
  }

  SpecialTokens special_;
  std::int32_t vocabulary_;
};

}  // namespace cnclip
