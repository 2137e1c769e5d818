// Pictures of the index, as files over HTTP.
#pragma once

#include <string>

#include "search/library/library.h"
#include "serve/http.h"

namespace cnclip::serve {

// Both answer 304 to one who has it already (`if_none_match`), and throw ApiError (404) where there is none.
HttpReply stored_thumbnail(const search::Library& library, search::Row row, const std::string& if_none_match);
// Only bytes that the index has seen: a file that was changed, or exchanged for a link to another, is not given.
HttpReply stored_original(const search::Library& library, search::Row row, const std::string& if_none_match);

[[noreturn]] void throw_no_picture();

}  // namespace cnclip::serve
