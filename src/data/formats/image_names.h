#pragma once

#include <string_view>

namespace cnclip {

// Whether the name's extension, in any case, is that of a picture we can decode.
bool is_image_name(std::string_view name);

}  // namespace cnclip
