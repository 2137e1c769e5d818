// Paths and tags as a server of vectors keeps them.
#pragma once

#include <string>
#include <string_view>

namespace cnclip::search {

// Text that needs no escape in JSON or in an expression: quotes, backslashes, percent signs, control characters and
// bytes that are no UTF-8 become %XX. Different bytes give different texts, and what begins with a path's text and '/'
// lies below that path.
std::string plain_text(std::string_view bytes);

}  // namespace cnclip::search
