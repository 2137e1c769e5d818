#include "augment/ops.h"

#include "augment/op_families.h"
#include "base/error.h"

namespace cnclip {

std::string_view name_of(OpKind kind) {
  switch (kind) {
    case OpKind::posterize: return "posterize";
    case OpKind::solarize: return "solarize";
    case OpKind::autocontrast: return "autocontrast";
    case OpKind::equalize: return "equalize";
    case OpKind::invert: return "invert";
    case OpKind::rotate: return "rotate";
    case OpKind::shear_x: return "shear_x";
    case OpKind::color: return "color";
    case OpKind::contrast: return "contrast";
    case OpKind::sharpness: return "sharpness";
  }
  throw_internal("augment: unknown operation");
}

void apply_op(const AugmentOp& op, int width, int height, std::span<std::uint8_t> planes) {
  const auto whole = static_cast<int>(op.value);
  const auto factor = static_cast<float>(op.value);  // Pillow blends in single precision
  switch (op.kind) {
    case OpKind::posterize: return posterize(planes, whole);
    case OpKind::solarize: return solarize(planes, whole);
    case OpKind::autocontrast: return autocontrast(planes);
    case OpKind::equalize: return equalize(planes);
    case OpKind::invert: return invert(planes);
    case OpKind::rotate: return rotate(planes, width, height, op.value);
    case OpKind::shear_x: return shear_x(planes, width, height, op.value);
    case OpKind::color: return color(planes, factor);
    case OpKind::contrast: return contrast(planes, factor);
    case OpKind::sharpness: return sharpness(planes, width, height, factor);
  }
  throw_internal("augment: unknown operation");
}

}  // namespace cnclip
