#include "export/manifest.h"

#include <nlohmann/json.hpp>

#include "base/error.h"
#include "base/file.h"
#include "base/sha256.h"
#include "graph/shapes.h"

namespace cnclip {
namespace {

using Json = nlohmann::ordered_json;

constexpr int kFormatVersion = 1;

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
  return {{"name", value.name}, {"dtype", value.dtype == DType::i64 ? "int64" : "float32"}, {"shape", shape}};
}

Json describe(const OnnxModel& model) {
  Json made{{"file", model.files.at(0).filename().string()}};
  if (model.files.size() > 1) made["external_data"] = model.files[1].filename().string();
  made["inputs"] = Json::array({describe(model.input)});
  made["outputs"] = Json::array({describe(model.output)});
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
          {"normalize", "(pixel / 255 - mean) / std"},
          {"mean", info.mean},
          {"std", info.std}};
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

void write_manifest(const std::filesystem::path& folder, const ManifestInfo& info, const OnnxModel& image,
                    const OnnxModel& text) {
  Json architecture = Json::parse(info.architecture, nullptr, false);
  if (architecture.is_discarded()) throw_internal("manifest: the architecture is not JSON: {}", info.architecture);
  Json files = Json::array();
  for (const OnnxModel* model : {&image, &text}) {
    for (const auto& file : model->files) files.push_back(digest(file));
  }
  const Json manifest{
      {"format", "cnclip-onnx"},
      {"format_version", kFormatVersion},
      {"producer", "cnclip " + info.producer_version},
      {"model", info.model},
      {"architecture", std::move(architecture)},
      {"dtype", info.dtype == DType::f16 ? "float16" : "float32"},
      {"int8_layers", {{"image", info.image_int8_layers}, {"text", info.text_int8_layers}}},
      {"image", describe(image)},
      {"text", describe(text)},
      {"preprocessing", preprocessing(info)},
      {"tokenization", tokenization(info)},
      {"logit_scale", info.logit_scale},
      {"similarity",
       "features come un-normalised: divide each row by its L2 norm; cosine = image . text; probabilities of texts for "
       "an image = softmax over texts of logit_scale * cosine"},
      {"files", std::move(files)},
  };
  write_file(folder / "manifest.json", manifest.dump(2) + "\n");
}

}  // namespace cnclip
