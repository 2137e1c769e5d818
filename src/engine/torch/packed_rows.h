// Texts of unequal length without padding: the tokens of all texts lie one after another, (tokens, width), and what
// works token by token (all but attention) never computes a token that is none.
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <span>

namespace cnclip {

struct PackedRows {
  std::int64_t rows = 0;
  std::int64_t shortest = 0, longest = 0;
  at::Tensor starts;     // (rows), where each begins
  at::Tensor positions;  // (tokens), place of each token in its row
  at::Tensor padded;     // (tokens), place of each token in (rows * longest); undefined when all are equally long
  // (rows, 1, 1, longest), what attention sees of each row: true where a token is, or 0 there and -inf elsewhere, in
  // the type of the scores. Undefined: all of it.
  at::Tensor mask;

  PackedRows() = default;
  PackedRows(std::span<const std::int32_t> lengths, at::Device device);

  // (tokens, width) -> (rows, longest, width), zeros where there is no token; and back. Differentiable.
  at::Tensor pad(const at::Tensor& packed) const;
  at::Tensor pack(const at::Tensor& rows_of_tokens) const;
};

}  // namespace cnclip
