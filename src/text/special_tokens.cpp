#include "text/special_tokens.h"

#include "text/vocabulary.h"
#include "text/vocabulary_data.h"

namespace cnclip {

SpecialTokens official_special_tokens() {
  static const SpecialTokens special = Vocabulary(embedded_vocabulary());  // of which no more stays
  return special;
}

}  // namespace cnclip
