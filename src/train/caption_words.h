// The words that captions hold, as labels of their pictures.
#pragma once

#include <ATen/core/Tensor.h>

#include <span>

#include "loader/pairs.h"

namespace cnclip {

// Every token of a data set's captions but the special ones. A word weighs what it tells: log(1 + captions / (1 + those
// that hold it)), as a label that most pictures have says little.
class CaptionWords {
 public:
  // Reads all captions once. Pairs that are damaged are passed over.
  CaptionWords(const PairStore& pairs, int context_length);

  std::int64_t count() const { return static_cast<std::int64_t>(weights_.size()); }
  // For texts given as ids one after another: (texts, count()) f32 on the CPU, a row's weights of the words in it, each
  // once, with the sum 1; zeros where it holds none that is known.
  at::Tensor labels(std::span<const std::int32_t> ids, std::span<const std::int32_t> lengths) const;

 private:
  std::vector<std::int32_t> place_of_;  // by token; -1: none
  std::vector<float> weights_;
};

}  // namespace cnclip
