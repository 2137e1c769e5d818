// The oracle: plain loops over float, nothing shared with the fast engines, made to be read.
#pragma once

#include "engine/engine.h"

namespace cnclip {

std::unique_ptr<Engine> make_reference_engine();

}  // namespace cnclip
