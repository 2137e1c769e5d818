// Pictures to pixels, as Pillow and the official package make them.
//
// Values own their memory; every function may run on any number of threads. Unreadable pictures throw Error
// (bad_input) whose message begins with the name given.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "cnclip/error.h"

namespace cnclip {

// Pillow's modes, which decide how a picture is resized.
enum class ImageMode {
  bilevel,  // "1": 0 or 255, resized to the nearest pixel
  palette,  // "P": indexes into `palette`, resized to the nearest pixel
  l,        // grey
  la,       // grey and alpha, resized premultiplied
  rgb,
  rgba,  // resized premultiplied; the alpha is dropped in the end
  cmyk,
  i16,  // "I;16": grey of 16 bits; values over 255 turn white, as Pillow's convert("RGB") has it
  i32,  // "I": the same from PNM, but held to 8 bits only in the end
};

struct Image {
  int width = 0;
  int height = 0;
  ImageMode mode = ImageMode::rgb;
  std::vector<std::uint8_t> pixels;   // rows of interleaved channels; i16 and i32: two bytes a pixel, native order
  std::vector<std::uint8_t> palette;  // 256 x RGB, for ImageMode::palette
};

struct DecodeOptions {
  bool apply_orientation = false;  // EXIF; the official package ignores it
  bool fast = false;               // JPEG: decode at 1/2, 1/4 or 1/8 where `target_size` allows; not Pillow's bits
  int target_size = 224;           // what the picture will be resized to; used when `fast`
  std::size_t max_bytes = std::size_t{256} << 20;
  std::int64_t max_pixels = 178'956'970;  // Pillow's limit against decompression bombs
};

// JPEG, PNG, WebP, GIF (first frame), BMP, TIFF, PNM, HEIC and AVIF, told by the bytes. `name` opens error messages.
Image decode_image(std::span<const std::byte> bytes, std::string_view name, const DecodeOptions& options = {});

// When channels become RGB: after the resize, as the official transform has it, or before, as ImageFolder does.
enum class PreprocessOrder { resize_then_rgb, rgb_then_resize };

// Resized to size x size by Pillow's bicubic, aspect ratio not kept, as three planes R, G, B of size x size bytes.
void preprocess_u8(const Image& image, int size, std::span<std::uint8_t> planes,
                   PreprocessOrder order = PreprocessOrder::resize_then_rgb);

// decode_image and preprocess_u8 in one go: the same bytes, faster, and no whole picture in memory where it can be
// read row by row. `size` takes the place of options.target_size.
void decode_preprocess_u8(std::span<const std::byte> bytes, std::string_view name, int size,
                          std::span<std::uint8_t> planes, const DecodeOptions& options = {},
                          PreprocessOrder order = PreprocessOrder::resize_then_rgb);

// The bytes of planes R, G, B as the model sees them: (v / 255 - mean) / std per channel, in float32 as torchvision
// computes it. Both spans hold 3 x S x S values.
void normalize_pixels(std::span<const std::uint8_t> planes, std::span<float> normalized);

// preprocess_u8, then normalize_pixels.
void preprocess(const Image& image, int size, std::span<float> planes,
                PreprocessOrder order = PreprocessOrder::resize_then_rgb);

}  // namespace cnclip
