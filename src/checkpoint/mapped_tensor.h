// A tensor whose bytes lie in a mapped file.
#pragma once

#include <memory>

#include "base/file.h"
#include "base/tensor.h"

namespace cnclip {

// A view where the element type's alignment allows it, a copy where the file put the bytes at an odd place.
Tensor mapped_tensor(const MappedFile& file, DType type, const Shape& shape, std::size_t offset);

}  // namespace cnclip
