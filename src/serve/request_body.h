// What a request says, whether as JSON or as a form.
#pragma once

#include <string_view>

#include "serve/http.h"
#include "serve/json_body.h"

namespace cnclip::serve {

enum class BodyType { json, form, other };
BodyType body_type(std::string_view content_type);

// A form becomes the object that JSON would have been: its files are binary values, which stand for pictures; a name
// that comes again makes an array; numbers and `filter` are read as JSON. So all that follows is the same for both.
// Throws ApiError.
Json read_body(const HttpRequest& request, const Limits& limits);

}  // namespace cnclip::serve
