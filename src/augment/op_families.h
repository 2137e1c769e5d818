// The operations by what they need to know of a picture, one file each. In place; planes as in ops.h.
#pragma once

#include <cstddef>

#include "augment/ops.h"

namespace cnclip {

// Each value maps to another: lookup_ops.cpp.
void posterize(std::span<std::uint8_t> planes, int bits);
void solarize(std::span<std::uint8_t> planes, int threshold);
void autocontrast(std::span<std::uint8_t> planes);
void equalize(std::span<std::uint8_t> planes);
void invert(std::span<std::uint8_t> planes);

// Blends with a degenerate picture: blend_ops.cpp.
void color(std::span<std::uint8_t> planes, float factor);
void contrast(std::span<std::uint8_t> planes, float factor);
void sharpness(std::span<std::uint8_t> planes, int width, int height, float factor);

// Pixels move: geometry_ops.cpp. What comes from outside is the mean colour of the training pictures.
void rotate(std::span<std::uint8_t> planes, int width, int height, double degrees);
void shear_x(std::span<std::uint8_t> planes, int width, int height, double factor);

}  // namespace cnclip
