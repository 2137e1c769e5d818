// How TensorRT builds an engine of an exported tower: shape profile and command.
#pragma once

#include <string>

#include "export/onnx.h"

namespace cnclip {

// From the smallest input to the largest; TensorRT tunes its kernels for `usual`.
struct TensorRtProfile {
  Shape least, usual, most;
};

// By what engines are built, and for what: they run nowhere else.
struct TensorRtTarget {
  std::string version;  // "TensorRT 10.16.1"
  std::string device;   // the GPU
};

// Batch 1 to 256; texts of 3 tokens ([CLS], one, [SEP]) to `context_length`.
TensorRtProfile tensorrt_profile(const OnnxModel& model, int context_length);

// One line for a shell in the folder of the model; the engine is <model>.plan.
std::string trtexec_command(const OnnxModel& model, const TensorRtProfile& profile);

}  // namespace cnclip
