// Pillow's affine transform with its bicubic filter, to the bit (reference: Pillow's Geometry.c).
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <vector>

namespace cnclip {

// Output (x, y) shows the input at (m[0] x + m[1] y + m[2], m[3] x + m[4] y + m[5]).
using Affine = std::array<double, 6>;

// planes: R, G and B, width x height bytes each. What comes from outside the picture is 255 times the mean colour that
// the model's normalization takes off.
void apply_affine(std::span<std::uint8_t> planes, int width, int height, const Affine& matrix);

}  // namespace cnclip
