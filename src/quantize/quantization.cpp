#include "quantize/quantization.h"

#include "base/error.h"
#include "base/file.h"
#include "base/sha256.h"
#include "checkpoint/safetensors.h"
#include "model/towers.h"

namespace cnclip {
namespace {

constexpr const char* kFormat = "cnclip int8 1";
constexpr std::size_t kMostBytes = std::size_t{64} << 20;  // a thousandth of this is usual
// Wide bounds, within which no product leaves float32.
constexpr float kLeast = 1e-20f, kMost = 1e20f;

void add(TensorMap& tensors, const std::string& tower, const TowerQuantization& quantization) {
  for (const auto& [layer, step] : quantization.steps) {
    tensors.set(tower + "/step/" + layer, Tensor::from_floats({1}, {&step, 1}));
  }
  for (const auto& [norm, channels] : quantization.smoothing) tensors.set(tower + "/smoothing/" + norm, channels);
}

Tensor factors(const LazyTensor& lazy, const std::string& what) {
  if (lazy.dtype != DType::f32 || lazy.shape.size() != 1 || lazy.shape[0] == 0)
    throw_bad_input("{}: is {} {}, not a vector of f32", what, name_of(lazy.dtype), to_string(lazy.shape));
  const Tensor tensor = lazy.load();
  for (const float value : tensor.data<float>()) {
    if (!(value >= kLeast && value <= kMost)) throw_bad_input("{}: {} is no step and no factor", what, value);
  }
  return tensor;
}

void take(Quantization& into, const std::string& name, const LazyTensor& lazy, const std::string& file) {
  const std::string what = fmt::format("{}: tensor {}", file, name);
  for (auto [prefix, tower] : {std::pair{"image/", &into.image}, std::pair{"text/", &into.text}}) {
    if (!name.starts_with(prefix)) continue;
    const std::string rest = name.substr(std::string_view(prefix).size());
    if (rest.starts_with("step/")) {
      const Tensor step = factors(lazy, what);
      if (step.size() != 1) throw_bad_input("{}: {} steps, one is wanted", what, step.size());
      tower->steps.emplace(rest.substr(5), step.data<float>()[0]);
      return;
    }
    if (rest.starts_with("smoothing/")) {
      tower->smoothing.emplace(rest.substr(10), factors(lazy, what));
      return;
    }
  }
  throw_bad_input("{}: nothing that a quantisation has", what);
}

}  // namespace

void write_quantization(const std::filesystem::path& path, const Quantization& quantization,
                        const std::string& fingerprint) {
  TensorMap tensors;
  add(tensors, "image", quantization.image);
  add(tensors, "text", quantization.text);
  std::map<std::string, std::string> metadata = quantization.notes;
  metadata["format"] = kFormat;
  metadata["model"] = fingerprint;
  write_safetensors(path, tensors, metadata);
}

Quantization read_quantization(const std::filesystem::path& path, const Checkpoint& checkpoint,
                               const std::string& fingerprint) {
  const auto mapped = MappedFile::open(path);
  if (mapped->size() > kMostBytes) throw_bad_input("{}: {} bytes are no quantisation", path.string(), mapped->size());
  const TensorFile file = read_safetensors(mapped);
  Quantization made;
  made.notes = file.metadata;
  if (made.notes["format"] != kFormat)
    throw_bad_input("{}: is no quantisation; `cnclip quantize` makes one", path.string());
  if (made.notes["model"] != fingerprint) {
    throw_bad_input("{}: was made for other weights than these of {}; `cnclip quantize` makes a new one", path.string(),
                    checkpoint.config.name);
  }
  for (const auto& [name, tensor] : file.tensors) take(made, name, tensor, path.string());
  try {  // on a copy of the towers: what does not fit shows here, not when they are compiled
    TensorMap weights = checkpoint.weights;
    Graph image = image_tower(checkpoint.config), text = text_tower(checkpoint.config);
    quantize(image, weights, made.image);
    quantize(text, weights, made.text);
  } catch (const Error& error) {
    throw Error(error.category(), fmt::format("{}: {}", path.string(), error.what()));
  }
  made.digest = sha256_hex(mapped->bytes());
  return made;
}

std::filesystem::path quantization_beside(const std::filesystem::path& model) {
  if (std::filesystem::is_directory(model)) return model / "int8.safetensors";
  return std::filesystem::path(model).replace_extension(".int8.safetensors");
}

std::filesystem::path quantization_of(const std::filesystem::path& model, const std::string& given) {
  const std::filesystem::path file = given.empty() ? quantization_beside(model) : std::filesystem::path(given);
  if (!std::filesystem::exists(file)) {
    throw_bad_input("{}: not there; `cnclip quantize --model {} --calibration DATA` makes it", file.string(),
                    model.string());
  }
  return file;
}

}  // namespace cnclip
