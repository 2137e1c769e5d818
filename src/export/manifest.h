// manifest.json: all that somebody needs to run exported towers without reading our code, and what they were checked
// by.
#pragma once

#include <filesystem>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "export/check.h"
#include "export/onnx.h"
#include "export/tensorrt.h"

namespace cnclip {

inline constexpr const char* kManifestName = "manifest.json";
inline constexpr const char *kManifestFormat = "cnclip-onnx", *kPlanFormat = "cnclip-tensorrt";

struct ManifestInfo {
  std::string producer_version;
  std::string model;         // its name
  std::string fingerprint;   // model_fingerprint
  std::string architecture;  // JSON, the official config keys
  int image_size = 0;
  Normalization normalization;
  int context_length = 52;  // of the tokenizer; the text model itself takes any length its positions allow
  OnnxOptions onnx;
  float logit_scale = 0;                     // exp of the parameter
  std::optional<TensorRtTarget> tensorrt{};  // where the towers are its engines
};

struct ManifestTower {
  std::string name;  // "image" or "text"
  OnnxModel model;
  std::optional<CheckResult> check;  // none: not checked
  std::size_t int8_layers = 0;
};

// The names of the files that the manifest of an export lists, its own among them; none where `text` is no manifest.
std::set<std::string> files_of_manifest(const std::string& text);

// Writes `folder`/manifest.json. The exported files must lie in `folder`; they are read for their digests.
void write_manifest(const std::filesystem::path& folder, const ManifestInfo& info,
                    const std::vector<ManifestTower>& towers);

}  // namespace cnclip
