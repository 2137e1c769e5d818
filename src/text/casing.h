// Lower case as Python's str.lower makes it, where the neighbours matter.
#pragma once

#include <string>

namespace cnclip {

// Full lower-casing: a Σ at the end of a word becomes ς, İ becomes i and U+0307.
std::u32string lower(const std::u32string& text);

}  // namespace cnclip
