// The engines that this build has.
#pragma once

#include <map>
#include <string>
#include <string_view>

#include "engine/engine.h"
#include "engine/onnx_importer.h"

namespace cnclip {

// By name; empty means the fastest on the device: "cpu", "cuda" or "cuda:N". Throws usage for what is neither, and for
// a CUDA device with an engine other than torch; unavailable for what this build or machine has not.
std::unique_ptr<Engine> make_engine(std::string_view name, std::string_view device = "cpu");

// A reader of ONNX files that shares nothing with our exporter; null in a build without one.
std::unique_ptr<OnnxImporter> make_onnx_importer(int threads);

// Operations a second of large products of matrices, measured, by "f32", "bf16" and "int8", as far as this machine has
// them; nothing where this build cannot tell.
std::map<std::string, double> measured_peaks(int threads);

}  // namespace cnclip
