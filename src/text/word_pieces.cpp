#include "text/word_pieces.h"

namespace cnclip {

// A word with a place where nothing matches is unknown as a whole, so its pieces wait until the end is reached.
void WordPieces::flush() {
  const std::size_t length = length_;
  length_ = 0;
  if (length > kMaxWord) return emit(vocabulary_.unknown);

  const std::u32string_view word(word_.data(), length);
  std::array<std::int32_t, kMaxWord> pieces;
  std::size_t count = 0;
  for (std::size_t at = 0; at < length;) {
    const auto match = vocabulary_.longest(word.substr(at), at > 0);
    if (match.length == 0) return emit(vocabulary_.unknown);
    pieces[count++] = match.id;
    at += match.length;
  }
  for (std::size_t i = 0; i < count; ++i) emit(pieces[i]);
}

}  // namespace cnclip
