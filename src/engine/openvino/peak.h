// What the machine can do at most, for benchmarks: nothing but large products of matrices.
#pragma once

#include <map>
#include <string>

namespace cnclip {

// Operations a second by kind of product: "f32", "int8", and "bf16" where this CPU has it. The best of a few runs, by
// the plug-in's own clock: what turns values into bf16 or int8 does not count. Takes a few seconds.
std::map<std::string, double> openvino_peaks(int threads);  // 0: as many as there are cores

}  // namespace cnclip
