// What the machine can do at most, for benchmarks: nothing but large products of matrices.
#pragma once

#include "engine/engine.h"

namespace cnclip {

// Floating-point operations a second, the best of a few runs; takes a second or two. Throws unavailable for a precision
// that this CPU lacks.
double openvino_peak(Precision precision, int threads);  // 0: as many as there are cores

}  // namespace cnclip
