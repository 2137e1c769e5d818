// Numbers as int8 times a step: the one definition that engines and exporters share. All of it is symmetric, zero is
// always exact.
#pragma once

#include <span>
#include <vector>

#include "base/tensor.h"
#include "graph/graph.h"

namespace cnclip {

// Values become the nearest of -128 … 127 times `step`, ties to even.
void round_to_int8(std::span<float> values, float step);

// A weight (out, …): each row is `values` times its step, the largest of a row is 127.
struct Int8Rows {
  Tensor values;  // i8, shaped as the weight
  Tensor steps;   // f32 (out)
  Tensor to_floats() const;
};
Int8Rows int8_rows(const Tensor& weight);

// The step of a node's input; 0 for one that is not computed in int8.
float input_step(const Op& op);
bool has_int8(const Graph& graph);

}  // namespace cnclip
