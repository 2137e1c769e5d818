// Base64 of the common alphabet (RFC 4648), padded.
#pragma once

#include <string>
#include <string_view>

namespace cnclip {

std::string encode_base64(std::string_view bytes);

}  // namespace cnclip
