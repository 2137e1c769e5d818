// One function a node kind: the arithmetic that the fast engines are held against.
#pragma once

#include <span>
#include <unordered_map>

#include "engine/reference/array.h"
#include "graph/graph.h"

namespace cnclip::reference {

using Weights = std::unordered_map<std::string, Tensor>;  // all f32

// One image or one text.
struct Row {
  std::span<const std::uint8_t> pixels;
  std::span<const std::int32_t> ids;
};

// The node's value. `inputs` are the values of its inputs, without a batch axis.
Array evaluate(const Op& op, const std::vector<const Array*>& inputs, const Weights& weights, const Row& row,
               int threads);

}  // namespace cnclip::reference
