// Values inside a tower, row by row.
#pragma once

#include <openvino/runtime/core.hpp>

#include "engine/engine.h"

namespace cnclip {

// See Engine::observe.
std::unique_ptr<Observer> observe_with_openvino(ov::Core& core, const ov::AnyMap& properties, const Graph& graph,
                                                const TensorMap& weights, const std::vector<Value>& values);

}  // namespace cnclip
