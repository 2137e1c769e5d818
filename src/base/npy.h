// The header of a NumPy file of float32 (NEP 1, version 1.0), always 128 bytes long.
#pragma once

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "base/tensor.h"

namespace cnclip {

inline std::string npy_header(const Shape& shape) {
  std::string text =
      fmt::format("{{'descr': '<f4', 'fortran_order': False, 'shape': ({},), }}", fmt::join(shape, ", "));
  text.append(117 - text.size(), ' ');
  return std::string("\x93NUMPY\x01\x00\x76\x00", 10) + text + '\n';
}

}  // namespace cnclip
