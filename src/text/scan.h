// BERT's basic tokenisation: a text cut into words, which go to WordPieces. Written twice: once as the official code
// has it, step by step, for any text; and once in a single pass for texts whose characters stand for themselves.
#pragma once

#include <string_view>

#include "cnclip/tokenizer.h"
#include "text/word_pieces.h"

namespace cnclip {

// False when the text holds a character that depends on its neighbours: then use scan_in_context from the beginning.
// Throws bad_input where the text is not UTF-8, even behind the place where the room ends.
bool scan_in_one_pass(std::string_view text, TextVariant variant, WordPieces& out);

void scan_in_context(std::string_view text, TextVariant variant, WordPieces& out);

}  // namespace cnclip
