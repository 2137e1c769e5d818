// The decoders, one file each. Every one checks sizes from the header before it allocates.
#pragma once

#include <string>

#include "cnclip/image.h"

namespace cnclip {

using Bytes = std::span<const std::byte>;

Image decode_png(Bytes bytes, std::string_view name, const DecodeOptions& options);
Image decode_webp(Bytes bytes, std::string_view name, const DecodeOptions& options);
Image decode_gif(Bytes bytes, std::string_view name, const DecodeOptions& options);
Image decode_bmp(Bytes bytes, std::string_view name, const DecodeOptions& options);
Image decode_tiff(Bytes bytes, std::string_view name, const DecodeOptions& options);
Image decode_pnm(Bytes bytes, std::string_view name, const DecodeOptions& options);
// HEIC and AVIF. Applies the container's own turns itself: always for HEIC; for AVIF on request only, as Pillow.
Image decode_heif(Bytes bytes, std::string_view name, const DecodeOptions& options);

int channels_of(ImageMode mode);
std::size_t bytes_per_pixel(ImageMode mode);

// Throws bad_input for a size that is empty or over the limit.
void check_size(std::int64_t width, std::int64_t height, std::string_view name, const DecodeOptions& options);
// An image of that size, checked, its pixels 0.
Image make_image(std::int64_t width, std::int64_t height, ImageMode mode, std::string_view name,
                 const DecodeOptions& options);
// 256 greys, which stand where a file names fewer colours.
std::vector<std::uint8_t> grey_palette();

// EXIF orientation 1 to 8 (1 where there is none) of the block in a JPEG, PNG or WebP file, or of a TIFF file.
int exif_orientation(Bytes bytes);
Image oriented(Image image, int orientation);
// The orientation that decode_image with these options leaves to whoever shows the picture.
int orientation_left(Bytes bytes, const DecodeOptions& options);

}  // namespace cnclip
