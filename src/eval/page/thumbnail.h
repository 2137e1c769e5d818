// Pictures small enough to stand in a page by the hundred.
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <string_view>

namespace cnclip {

inline constexpr int kThumbnailSide = 112;

// The content of an <img>'s src: a JPEG of kThumbnailSide x kThumbnailSide as a data: address, the picture squeezed to
// a square as the model sees it. Empty for bytes that are no picture: a page about failures is not one to fail.
std::string thumbnail(std::span<const std::byte> bytes, std::string_view name);

}  // namespace cnclip
