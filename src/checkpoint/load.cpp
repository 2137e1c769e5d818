#include "checkpoint/load.h"

#include <sys/stat.h>

#include <cmath>

#include "base/error.h"
#include "base/file.h"
#include "base/lazy.h"
#include "base/sha256.h"
#include "checkpoint/hf_config.h"
#include "checkpoint/tensor_file.h"
#include "model/parameters.h"
#include "model/recognize.h"

namespace cnclip {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kMaxConfig = std::size_t{1} << 20;

// Size, time of change and inode of the file: a rewritten file has another fingerprint, without reading its gigabytes.
std::string identity_of(const fs::path& path) {
  struct stat info {};
  if (::stat(path.c_str(), &info) != 0) throw_bad_input("{}: cannot stat", path.string());
  return fmt::format("{} {} {}.{}\n", info.st_ino, info.st_size, info.st_mtim.tv_sec, info.st_mtim.tv_nsec);
}

std::string fingerprint_of(const RawCheckpoint& raw, const std::vector<fs::path>& files) {
  std::string text = raw.config_json;
  for (const fs::path& file : files) text += identity_of(file);
  for (const auto& [name, tensor] : raw.tensors) {
    text += fmt::format("{} {} {}\n", name, name_of(tensor.dtype), to_string(tensor.shape));
  }
  return sha256_hex(std::as_bytes(std::span(text)));
}

fs::path weights_in(const fs::path& folder) {
  for (const char* name :
       {"model.safetensors", "model.safetensors.index.json", "pytorch_model.bin", "pytorch_model.bin.index.json"}) {
    if (fs::exists(folder / name)) return folder / name;
  }
  for (const auto& entry : fs::directory_iterator(folder)) {
    const std::string name = entry.path().filename().string();
    if (name == "saved_model.pb" || name == "tf_model.h5" || name.ends_with(".ckpt.index")) {
      throw_bad_input("{}: holds a TensorFlow model ({}): weights in PyTorch's format are needed", folder.string(),
                      name);
    }
  }
  throw_bad_input("{}: holds no model.safetensors and no pytorch_model.bin, sharded or whole", folder.string());
}

// Of the grid whose places, and one token before them, have `rows` rows; 0 when no square grid has.
std::int64_t grid_side(std::int64_t rows) {
  const auto side = std::lround(std::sqrt(static_cast<double>(rows - 1)));
  return rows > 1 && side * side + 1 == rows ? side : 0;
}

}  // namespace

RawCheckpoint read_raw(const fs::path& path) {
  const fs::path file = fs::is_directory(path) ? weights_in(path) : path;
  RawCheckpoint raw;
  TensorFile content = read_tensor_file(file);
  raw.tensors = std::move(content.tensors);
  raw.container = std::move(content.kind);
  raw.metadata = std::move(content.metadata);
  const fs::path config = file.parent_path() / "config.json";
  const Convention convention = convention_of(raw.tensors);
  if (convention == Convention::hugging_face && fs::exists(config)) {
    raw.config_json = read_file(config, kMaxConfig);
    if (raw.config_json.empty()) throw_bad_input("{}: is empty", config.string());
  }
  raw.fingerprint = fingerprint_of(raw, content.files);
  return raw;
}

ModelConfig config_of(const RawCheckpoint& raw, const TensorMap& official, const fs::path& path) {
  if (const auto own = raw.metadata.find("cnclip.config"); own != raw.metadata.end()) {
    return parse_config(own->second, false, path.string() + ": cnclip.config");
  }
  const Convention convention = convention_of(raw.tensors);
  if (convention != Convention::official && convention != Convention::hugging_face) {
    const std::string what = convention == Convention::other && !raw.tensors.empty()
                                 ? fmt::format("{} ({} tensors, the first is {})", describe(convention),
                                               raw.tensors.size(), raw.tensors.begin()->first)
                                 : describe(convention);
    throw_bad_input("{}: is {}, a Chinese-CLIP checkpoint with both towers is needed", path.string(), what);
  }
  std::optional<ModelConfig> config;
  try {
    config = recognize(official);
  } catch (const Error& error) {
    throw_bad_input("{}: {}", path.string(), error.what());
  }
  if (!config)
    throw_bad_input("{}: is {}, but an image tower or a text tower is not whole", path.string(), describe(convention));
  if (!raw.config_json.empty()) {
    const fs::path folder = fs::is_directory(path) ? path : path.parent_path();
    apply_hf_config(raw.config_json, (folder / "config.json").string(), *config);
  }
  try {
    validate(*config);
  } catch (const Error& error) {
    throw_bad_input("{}: {}", path.string(), error.what());
  }
  return *config;
}

TensorMap fit(const TensorMap& official, const ModelConfig& config, const fs::path& path) {
  TensorMap weights;
  for (const Parameter& parameter : parameters(config)) {
    const LazyTensor* found = official.find(parameter.name);
    if (found == nullptr) {
      if (parameter.dtype != DType::i64) throw_bad_input("{}: tensor {} is missing", path.string(), parameter.name);
      weights.set(parameter.name, Tensor::allocate(DType::i64, {}));  // a counter that nothing reads
      continue;
    }
    const bool right_kind = parameter.dtype == DType::i64 ? found->dtype == DType::i64 : is_floating(found->dtype);
    if (!right_kind) {
      throw_bad_input("{}: tensor {} is of type {}", path.string(), parameter.name, name_of(found->dtype));
    }
    LazyTensor tensor = *found;
    if (tensor.shape != parameter.shape && parameter.name == "visual.positional_embedding" &&
        tensor.shape.size() == 2 && tensor.shape[1] == parameter.shape[1] && grid_side(tensor.shape[0]) > 0) {
      const std::int64_t side = grid_side(parameter.shape[0]);
      tensor = LazyTensor(DType::f32, parameter.shape,
                          [from = tensor, side] { return resize_positions(from.load(), side); });
    }
    if (tensor.shape != parameter.shape) {
      throw_bad_input("{}: tensor {} has shape {}, {} needs {}", path.string(), parameter.name, to_string(tensor.shape),
                      config.name, to_string(parameter.shape));
    }
    weights.set(parameter.name, checked_finite(tensor, path.string() + ": tensor " + parameter.name));
  }
  return weights;
}

Checkpoint load_checkpoint(const fs::path& path) {
  RawCheckpoint raw = read_raw(path);
  const TensorMap official = to_official(raw.tensors, path.string());
  Checkpoint checkpoint;
  checkpoint.config = config_of(raw, official, path);
  checkpoint.weights = fit(official, checkpoint.config, path);
  for (const auto& [name, tensor] : official) {
    if (!checkpoint.weights.contains(name)) {
      throw_bad_input("{}: tensor {} does not belong to {}", path.string(), name, checkpoint.config.name);
    }
  }
  checkpoint.kind = fmt::format("{}, {}", raw.container, describe(convention_of(raw.tensors)));
  checkpoint.fingerprint = std::move(raw.fingerprint);
  checkpoint.metadata = std::move(raw.metadata);
  return checkpoint;
}

}  // namespace cnclip
