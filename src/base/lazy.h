// Lazy tensors made of others: nothing is read before load().
#pragma once

#include "base/tensor.h"

namespace cnclip {

// Rows begin..end along the first axis; no copy.
LazyTensor slice_rows(const LazyTensor& whole, std::int64_t begin, std::int64_t end);
// Parts of equal type, one under the other along the first axis.
LazyTensor stack_rows(const std::vector<LazyTensor>& parts);
// (a, b) -> (b, a)
LazyTensor transposed(const LazyTensor& matrix);
// Floating tensors in another floating type; integers stay what they are.
LazyTensor cast(const LazyTensor& tensor, DType type);
// Loading throws bad_input, naming `name` and the place, when a value is NaN or infinite.
LazyTensor checked_finite(const LazyTensor& tensor, const std::string& name);

bool is_floating(DType type);

}  // namespace cnclip
