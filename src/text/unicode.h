// The Unicode facts that BERT tokenisation rests on, as Python's str has them. Characters come from utf8proc; what it
// lacks (Cased, Case_Ignorable) stands here as ranges.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace cnclip {

using CodePoints = std::vector<std::uint32_t>;

// Throws bad_input naming the byte offset of the first byte that is not UTF-8.
void decode_utf8(std::string_view text, CodePoints& out);
void append_utf8(std::uint32_t c, std::string& out);

bool is_cjk_ideograph(std::uint32_t c);  // the eight blocks of BERT's list
bool is_dropped(std::uint32_t c);        // U+0000, U+FFFD, Cc, Cf but for tab and line ends
bool is_space(std::uint32_t c);          // splits words: Zs, tab, line ends, U+2028, U+2029
bool is_punctuation(std::uint32_t c);    // ASCII symbols and every P* category

// Python's str.lower, with the final-sigma rule.
void lower(CodePoints& text);
// Canonical decomposition with reordering, category Mn dropped.
void strip_accents(const CodePoints& text, CodePoints& out);

}  // namespace cnclip
