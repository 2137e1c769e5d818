#include <libheif/heif.h>

#include <cstring>
#include <memory>

#include "base/error.h"
#include "image/codecs.h"

namespace cnclip {

Image decode_heif(Bytes bytes, std::string_view name, const DecodeOptions& options) {
  const auto check = [&](heif_error error) {
    if (error.code != heif_error_Ok) throw_bad_input("{}: HEIF: {}", name, error.message);
  };
  const std::unique_ptr<heif_context, void (*)(heif_context*)> context(heif_context_alloc(), heif_context_free);
  check(heif_context_read_from_memory_without_copy(context.get(), bytes.data(), bytes.size(), nullptr));
  heif_image_handle* handle = nullptr;
  check(heif_context_get_primary_image_handle(context.get(), &handle));
  const std::unique_ptr<heif_image_handle, void (*)(const heif_image_handle*)> holder(handle, heif_image_handle_release);
  Image image = make_image(heif_image_handle_get_width(handle), heif_image_handle_get_height(handle), ImageMode::rgb, name, options);
  heif_image* decoded = nullptr;
  check(heif_decode_image(handle, &decoded, heif_colorspace_RGB, heif_chroma_interleaved_RGB, nullptr));
  const std::unique_ptr<heif_image, void (*)(const heif_image*)> keeper(decoded, heif_image_release);
  int stride = 0;
  const std::uint8_t* rows = heif_image_get_plane_readonly(decoded, heif_channel_interleaved, &stride);
  if (rows == nullptr || heif_image_get_width(decoded, heif_channel_interleaved) != image.width ||
      heif_image_get_height(decoded, heif_channel_interleaved) != image.height) {
    throw_bad_input("{}: HEIF: decoded to another size than it claims", name);
  }
  const std::size_t row = static_cast<std::size_t>(image.width) * 3;
  for (int y = 0; y < image.height; ++y) {
    std::memcpy(&image.pixels[static_cast<std::size_t>(y) * row], rows + static_cast<std::ptrdiff_t>(y) * stride, row);
  }
  return image;
}

}  // namespace cnclip
