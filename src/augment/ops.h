// The operations of AutoAugment's ImageNet policy on 8-bit RGB, as timm calls Pillow's, to the bit.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

namespace cnclip {

enum class OpKind {
  posterize,     // value: bits kept, from 1; from 8 on nothing changes
  solarize,      // value: values not below it are inverted
  autocontrast,  // no value, as the next two
  equalize,
  invert,
  rotate,     // value: degrees, counter-clockwise
  shear_x,    // value: shift of a row, in pixels per row
  color,      // value: factor, 0 is grey and 1 changes nothing
  contrast,   // value: factor, 0 is evenly grey
  sharpness,  // value: factor, 0 is smooth
};

struct AugmentOp {
  OpKind kind{};
  double value = 0;
};

// The enumerator's name.
std::string_view name_of(OpKind kind);

// planes: R, G and B, width x height bytes each, changed in place.
void apply_op(const AugmentOp& op, int width, int height, std::span<std::uint8_t> planes);

}  // namespace cnclip
