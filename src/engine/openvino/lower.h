// From our graph to OpenVINO's.
//
// Inputs of the model, by the kind of tower:
//   pixels (N, 3, S, S) u8
//   ids (N, T) i32 and mask (N, 1, 1, T) f32, which is 0 for a token and minus infinity past a row's end, so that keys
//   that only fill up a row get a weight of exactly zero.
// The one output is (N, width) f32.
#pragma once

#include <openvino/core/model.hpp>

#include "engine/engine.h"

namespace cnclip {

// `shapes` as verify() gives them. Weights are loaded one at a time and kept in `precision`, those of int8 layers as
// int8. `observed` are values that become outputs too, behind the first.
std::shared_ptr<ov::Model> lower(const Graph& graph, const TensorMap& weights, const std::vector<Shape>& shapes,
                                 Precision precision, const std::vector<Value>& observed = {});

}  // namespace cnclip
