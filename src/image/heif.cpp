#include <libheif/heif.h>

#include <cstring>
#include <memory>

#include "base/error.h"
#include "image/codecs.h"

namespace cnclip {
namespace {

template <class T, auto release>
using Held = std::unique_ptr<T, decltype([](T* p) { release(p); })>;

bool is_avif(Bytes bytes) {
  return bytes.size() >= 12 && (std::memcmp(&bytes[8], "avif", 4) == 0 || std::memcmp(&bytes[8], "avis", 4) == 0);
}

}  // namespace

Image decode_heif(Bytes bytes, std::string_view name, const DecodeOptions& options) {
  const auto check = [&](heif_error error) {
    if (error.code != heif_error_Ok) throw_bad_input("{}: HEIF: {}", name, error.message);
  };
  const Held<heif_context, heif_context_free> context(heif_context_alloc());
  check(heif_context_read_from_memory_without_copy(context.get(), bytes.data(), bytes.size(), nullptr));
  heif_image_handle* raw_handle = nullptr;
  check(heif_context_get_primary_image_handle(context.get(), &raw_handle));
  const Held<heif_image_handle, heif_image_handle_release> handle(raw_handle);
  check_size(heif_image_handle_get_width(handle.get()), heif_image_handle_get_height(handle.get()), name, options);
  const bool alpha = heif_image_handle_has_alpha_channel(handle.get()) != 0;

  const Held<heif_decoding_options, heif_decoding_options_free> how(heif_decoding_options_alloc());
  how->ignore_transformations = is_avif(bytes) && !options.apply_orientation;
  heif_image* raw_image = nullptr;
  check(heif_decode_image(handle.get(), &raw_image, heif_colorspace_RGB,
                          alpha ? heif_chroma_interleaved_RGBA : heif_chroma_interleaved_RGB, how.get()));
  const Held<heif_image, heif_image_release> decoded(raw_image);
  int stride = 0;
  const std::uint8_t* rows = heif_image_get_plane_readonly(decoded.get(), heif_channel_interleaved, &stride);
  if (rows == nullptr) throw_bad_input("{}: HEIF: decoded to no pixels", name);
  Image image = make_image(heif_image_get_width(decoded.get(), heif_channel_interleaved),
                           heif_image_get_height(decoded.get(), heif_channel_interleaved),
                           alpha ? ImageMode::rgba : ImageMode::rgb, name, options);
  const std::size_t row = static_cast<std::size_t>(image.width) * bytes_per_pixel(image.mode);
  for (int y = 0; y < image.height; ++y) {
    std::memcpy(&image.pixels[static_cast<std::size_t>(y) * row], rows + static_cast<std::ptrdiff_t>(y) * stride, row);
  }
  return image;
}

}  // namespace cnclip
