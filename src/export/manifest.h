// manifest.json: all that somebody needs to run exported towers without reading our code.
#pragma once

#include <array>
#include <filesystem>
#include <string>

#include "export/onnx.h"

namespace cnclip {

struct ManifestInfo {
  std::string producer_version;
  std::string model;         // its name
  std::string architecture;  // JSON, the official config keys
  int image_size = 0;
  std::array<float, 3> mean{}, std{};
  int context_length = 52;  // of the tokenizer; the text model itself takes any length its positions allow
  DType dtype = DType::f32;
  float logit_scale = 0;  // exp of the parameter
  std::size_t image_int8_layers = 0, text_int8_layers = 0;
};

// Writes `folder`/manifest.json. The exported files must lie in `folder`; they are read for their digests.
void write_manifest(const std::filesystem::path& folder, const ManifestInfo& info, const OnnxModel& image,
                    const OnnxModel& text);

}  // namespace cnclip
