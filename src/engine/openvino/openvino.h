// Fast inference on CPUs by OpenVINO (f32, bf16): the default at run time.
#pragma once

#include "engine/engine.h"

namespace cnclip {

std::unique_ptr<Engine> make_openvino_engine();

}  // namespace cnclip
