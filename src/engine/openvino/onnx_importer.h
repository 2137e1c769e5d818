// ONNX files by OpenVINO's own front end, which shares nothing with our lowering.
#pragma once

#include "engine/onnx_importer.h"

namespace cnclip {

std::unique_ptr<OnnxImporter> make_openvino_importer(int threads);  // 0: as many as there are cores

}  // namespace cnclip
