// An export: a folder with the towers of a model as ONNX files and a manifest, checked before anybody sees it.
#pragma once

#include <filesystem>

#include "checkpoint/load.h"
#include "export/check.h"
#include "export/manifest.h"
#include "graph/quantize.h"

namespace cnclip {

// Of the official tokenizer, or what the text tower has positions for.
int context_length(const ModelConfig& config);

struct PackageOptions {
  std::string producer_version;
  OnnxOptions onnx;
  bool image = true, text = true;
  TowerQuantization image_int8, text_int8;  // layers in int8; none: nothing
};

// Makes engines of exported towers, which a folder then holds in their place.
class TowerBuilder {
 public:
  virtual ~TowerBuilder() = default;
  virtual TensorRtTarget target() const = 0;
  virtual void build(const OnnxModel& model, const TensorRtProfile& profile, const std::filesystem::path& plan) = 0;
};

struct PackageCheck {
  Checkers checkers;
  CheckInputs inputs;
};

// `folder` is made, or is empty, or holds an earlier export and nothing else, which is then replaced whole; any other
// throws usage, naming what it holds. Whatever fails (a full disk, a tower that does not pass the check) leaves it as
// it was. `check` may be null: the manifest then says that nothing was checked. With `builder` the folder gets
// <tower>.plan instead of ONNX files, and the check loads those.
std::vector<ManifestTower> write_package(const std::filesystem::path& folder, const Checkpoint& checkpoint,
                                         const PackageOptions& options, const PackageCheck* check,
                                         TowerBuilder* builder = nullptr);

}  // namespace cnclip
