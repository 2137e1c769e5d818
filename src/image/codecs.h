// The decoders, one file each. Every one checks sizes from the header before it allocates.
#pragma once

#include <string>

#include "cnclip/image.h"

namespace cnclip {

using Bytes = std::span<const std::byte>;

Image decode_jpeg(Bytes bytes, std::string_view name, const DecodeOptions& options);
Image decode_png(Bytes bytes, std::string_view name, const DecodeOptions& options);
Image decode_webp(Bytes bytes, std::string_view name, const DecodeOptions& options);
Image decode_gif(Bytes bytes, std::string_view name, const DecodeOptions& options);
Image decode_bmp(Bytes bytes, std::string_view name, const DecodeOptions& options);
Image decode_tiff(Bytes bytes, std::string_view name, const DecodeOptions& options);
Image decode_pnm(Bytes bytes, std::string_view name, const DecodeOptions& options);
Image decode_heif(Bytes bytes, std::string_view name, const DecodeOptions& options);

int channels_of(ImageMode mode);
// An image of that size, its pixels 0. Throws bad_input for a size that is empty or over the limit.
Image make_image(std::int64_t width, std::int64_t height, ImageMode mode, std::string_view name, const DecodeOptions& options);

// EXIF orientation 1 to 8 (1 where there is none) of the block in a JPEG, PNG, WebP or TIFF file.
int exif_orientation(Bytes bytes);
Image oriented(const Image& image, int orientation);

}  // namespace cnclip
