#include "text/special_tokens.h"

#include "text/vocabulary.h"
#include "text/vocabulary_data.h"

namespace cnclip {

SpecialTokens official_special_tokens() {
  static const Vocabulary vocabulary(embedded_vocabulary());
  return {vocabulary.pad, vocabulary.unknown, vocabulary.cls, vocabulary.sep, vocabulary.mask};
}

}  // namespace cnclip
