#include "export/package.h"

#include <algorithm>
#include <cmath>

#include "base/error.h"
#include "base/file.h"
#include "checkpoint/content_digest.h"
#include "model/towers.h"

namespace cnclip {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kMaxManifest = std::size_t{1} << 20;

// The names of the files of the export in `folder`, or none where there is no export.
std::set<std::string> files_of_export(const fs::path& folder) {
  if (!fs::is_regular_file(folder / kManifestName)) return {};
  return files_of_manifest(read_file(folder / kManifestName, kMaxManifest));
}

// Says whether `folder` holds an export, which may be replaced. Throws when it holds anything else.
bool holds_export(const fs::path& folder) {
  if (!fs::is_directory(folder)) return false;
  const std::set<std::string> ours = files_of_export(folder);
  for (const auto& entry : fs::directory_iterator(folder)) {
    const std::string name = entry.path().filename().string();
    if (ours.contains(name) && entry.is_regular_file()) continue;
    throw_usage(
        "{}: holds {}, which is no part of an export: an export goes to a new or empty folder, or replaces another",
        folder.string(), name);
  }
  return !ours.empty();
}

// The engine in place of the files that it is built of.
OnnxModel built(OnnxModel model, TowerBuilder& builder, int context_length) {
  const fs::path plan = fs::path(model.files.at(0)).replace_extension("plan");
  builder.build(model, tensorrt_profile(model, context_length), plan);
  for (const fs::path& file : model.files) fs::remove(file);
  model.files = {plan};
  return model;
}

ManifestInfo describe(const Checkpoint& checkpoint, const PackageOptions& options, const TowerBuilder* builder) {
  ManifestInfo info;
  info.producer_version = options.producer_version;
  info.model = checkpoint.config.name;
  info.fingerprint = model_fingerprint(checkpoint);
  info.architecture = to_json(checkpoint.config);
  info.image_size = checkpoint.config.image_size;
  info.normalization = {kPixelMean, kPixelStd};
  info.context_length = context_length(checkpoint.config);
  info.onnx = options.onnx;
  if (builder != nullptr) info.tensorrt = builder->target();
  info.logit_scale = std::exp(checkpoint.weights.at("logit_scale").load().to(DType::f32).data<float>()[0]);
  return info;
}

}  // namespace

int context_length(const ModelConfig& config) {
  return std::min(52, config.text.max_positions);
}

std::vector<ManifestTower> write_package(const fs::path& folder, const Checkpoint& checkpoint,
                                         const PackageOptions& options, const PackageCheck* check,
                                         TowerBuilder* builder) {
  std::vector<ManifestTower> towers;
  const auto fill = [&](const fs::path& staging) {
    const auto add = [&](const char* name, Graph graph, const TowerQuantization& int8) {
      const fs::path file = staging / fmt::format("{}.onnx", name);
      TensorMap weights = checkpoint.weights;
      quantize(graph, weights, int8);
      ManifestTower tower{name, export_onnx(graph, weights, file, options.onnx), {}, int8.steps.size()};
      if (builder != nullptr) tower.model = built(std::move(tower.model), *builder, context_length(checkpoint.config));
      if (check != nullptr) {
        tower.check = check_tower(tower.model, options.onnx, graph, weights, {kPixelMean, kPixelStd}, check->inputs,
                                  check->checkers);
      }
      towers.push_back(std::move(tower));
    };
    if (options.image) add("image", image_tower(checkpoint.config), options.image_int8);
    if (options.text) add("text", text_tower(checkpoint.config), options.text_int8);
    write_manifest(staging, describe(checkpoint, options, builder), towers);
  };
  holds_export(folder) ? replace_folder(folder, fill) : write_folder(folder, fill);
  return towers;
}

}  // namespace cnclip
