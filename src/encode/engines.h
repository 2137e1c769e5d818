// The engines that this build has.
#pragma once

#include <optional>
#include <string_view>

#include "engine/engine.h"
#include "engine/onnx_importer.h"

namespace cnclip {

// By name; empty means the fastest. Throws unavailable for an engine that was not built in.
std::unique_ptr<Engine> make_engine(std::string_view name);

// A reader of ONNX files that shares nothing with our exporter; null in a build without one.
std::unique_ptr<OnnxImporter> make_onnx_importer(int threads);

// Floating-point operations a second of large products of matrices, measured; nothing where this build cannot tell.
std::optional<double> measured_peak(Precision precision, int threads);

// bf16 where it is the faster one on this processor, else f32.
Precision best_precision(const Engine& engine);

}  // namespace cnclip
