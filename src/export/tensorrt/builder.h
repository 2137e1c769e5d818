// TensorRT in process: it builds engines of exported towers, and runs them so that they can be checked.
#pragma once

#include <filesystem>
#include <memory>

#include "engine/onnx_importer.h"
#include "export/package.h"

namespace cnclip {

// Engines are for the GPU of this machine and the version of TensorRT that this build has. What the builder measured
// of kernels is kept in `cache`, so that another engine of the same kind takes less time. Throws unavailable without a
// GPU.
std::unique_ptr<TowerBuilder> make_tensorrt_builder(const std::filesystem::path& cache);

// Loads engines and runs them on the GPU.
std::unique_ptr<OnnxImporter> make_plan_loader();

}  // namespace cnclip
