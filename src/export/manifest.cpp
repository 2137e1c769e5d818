#include "export/manifest.h"

#include <nlohmann/json.hpp>

#include "base/error.h"
#include "base/file.h"
#include "base/sha256.h"
#include "graph/shapes.h"

namespace cnclip {
namespace {

using Json = nlohmann::ordered_json;

constexpr int kFormatVersion = 2;

Json describe(const OnnxValue& value) {
  Json shape = Json::array();
  for (const std::int64_t dim : value.shape) {
    if (dim == kBatch)
      shape.push_back("batch");
    else if (dim == kLength)
      shape.push_back("length");
    else
      shape.push_back(dim);
  }
  const char* type = value.dtype == DType::i64 ? "int64" : value.dtype == DType::u8 ? "uint8" : "float32";
  return {{"name", value.name}, {"dtype", type}, {"shape", shape}};
}

Json describe(const std::optional<CheckResult>& check) {
  if (!check) return "not checked";
  return {{"runtime", check->runtime},
          {"precision", check->in_types_of_file ? "of the file" : "float32"},
          {"inputs", check->inputs},
          {"rows", check->rows},
          {"least_cosine", check->least_cosine},
          {"largest_difference", check->largest_difference}};
}

Json describe(const ManifestTower& tower, const ManifestInfo& info) {
  const OnnxModel& model = tower.model;
  Json made{{"file", model.files.at(0).filename().string()}};
  if (model.files.size() > 1) made["external_data"] = model.files[1].filename().string();
  made["inputs"] = Json::array({describe(model.input)});
  made["outputs"] = Json::array({describe(model.output)});
  made["check"] = describe(tower.check);
  const TensorRtProfile profile = tensorrt_profile(model, info.context_length);
  made["tensorrt"] = {{"profile", {{"min", profile.least}, {"opt", profile.usual}, {"max", profile.most}}}};
  if (!info.tensorrt) made["tensorrt"]["command"] = trtexec_command(model, profile);
  return made;
}

Json digest(const std::filesystem::path& path) {
  constexpr std::size_t kChunk = 1 << 24;
  const auto file = MappedFile::open(path);
  Sha256 sha;
  for (std::size_t begin = 0; begin < file->size(); begin += kChunk) {
    const std::size_t length = std::min(kChunk, file->size() - begin);
    const auto chunk = file->slice(begin, length);  // given back at once, however large the file
    sha.update({chunk.get(), length});
  }
  return {{"name", path.filename().string()}, {"bytes", file->size()}, {"sha256", sha.hex()}};
}

Json preprocessing(const ManifestInfo& info) {
  return {{"size", info.image_size},
          {"color", "RGB"},
          {"layout", "NCHW"},
          {"resize", "bicubic, antialiased, both sides to size (the aspect ratio is not kept, nothing is cropped)"},
          {"input", info.onnx.byte_pixels ? "the bytes of the pixels; the model normalises them" : "normalised"},
          {"normalize", "(pixel / 255 - mean) / std"},
          {"mean", info.normalization.mean},
          {"std", info.normalization.std}};
}

Json tokenization(const ManifestInfo& info) {
  return {{"tokenizer", "Chinese BERT word pieces, lower-cased"},
          {"vocabulary_sha256", "45bbac6b341c319adc98a532532882e91a9cefc0329aa57bac9ae761c27b291c"},
          {"context_length", info.context_length},
          {"layout", "[CLS] tokens [SEP], cut to context_length in all; rows of a batch filled up with [PAD]"},
          {"pad_id", 0},
          {"cls_id", 101},
          {"sep_id", 102},
          {"padding", "the model sees ids other than 0 only, so a batch may be as long as its longest text"}};
}

}  // namespace

std::set<std::string> files_of_manifest(const std::string& text) {
  const Json manifest = Json::parse(text, nullptr, false);
  if (!manifest.is_object() || !manifest.contains("format")) return {};
  if (manifest["format"] != kManifestFormat && manifest["format"] != kPlanFormat) return {};
  std::set<std::string> names{kManifestName};
  const auto files = manifest.find("files");
  if (files == manifest.end() || !files->is_array()) return names;
  for (const auto& file : *files) {
    if (file.is_object() && file.contains("name") && file["name"].is_string()) names.insert(file["name"]);
  }
  return names;
}

void write_manifest(const std::filesystem::path& folder, const ManifestInfo& info,
                    const std::vector<ManifestTower>& towers) {
  Json architecture = Json::parse(info.architecture, nullptr, false);
  if (architecture.is_discarded()) throw_internal("manifest: the architecture is not JSON: {}", info.architecture);
  Json manifest{
      {"format", info.tensorrt ? kPlanFormat : kManifestFormat},
      {"format_version", kFormatVersion},
      {"producer", "cnclip " + info.producer_version},
      {"model", info.model},
      {"fingerprint", info.fingerprint},
      {"architecture", std::move(architecture)},
      {"opset", kOnnxOpset},
      {"dtype", info.onnx.dtype == DType::f16 ? "float16" : "float32"},
      {"int8_layers", Json::object()},
      {"features", info.onnx.unit_features ? "unit" : "raw"},
  };
  if (info.tensorrt) {
    manifest["tensorrt"] = {{"version", info.tensorrt->version}, {"device", info.tensorrt->device}};
  }
  Json files = Json::array();
  for (const ManifestTower& tower : towers) {
    manifest["int8_layers"][tower.name] = tower.int8_layers;
    manifest[tower.name] = describe(tower, info);
    for (const auto& file : tower.model.files) files.push_back(digest(file));
  }
  manifest["preprocessing"] = preprocessing(info);
  manifest["tokenization"] = tokenization(info);
  manifest["logit_scale"] = info.logit_scale;
  manifest["similarity"] = fmt::format(
      "{}; cosine = image . text; probabilities of texts for an image = softmax over texts of logit_scale * cosine",
      info.onnx.unit_features ? "features are of unit length"
                              : "features come un-normalised: divide each row by its L2 norm");
  manifest["files"] = std::move(files);
  write_file(folder / kManifestName, manifest.dump(2) + "\n");
}

}  // namespace cnclip
