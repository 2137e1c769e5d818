#include "checkpoint/save.h"

#include "base/error.h"
#include "base/file.h"
#include "base/lazy.h"
#include "checkpoint/hf_config.h"
#include "checkpoint/safetensors.h"
#include "checkpoint/torch_writer.h"
#include "model/parameters.h"
#include "model/recognize.h"

namespace cnclip {
namespace {

namespace fs = std::filesystem;

// Values that the type does not hold would become infinite: that is an error, not a checkpoint.
TensorMap with_dtype(const TensorMap& tensors, DType dtype, const fs::path& path) {
  TensorMap out;
  for (const auto& [name, tensor] : tensors) {
    out.set(name, tensor.dtype == dtype
                      ? tensor
                      : checked_finite(cast(tensor, dtype),
                                       fmt::format("{}: tensor {} as {}", path.string(), name, name_of(dtype))));
  }
  return out;
}

// Of the floating tensors, or f32 when they are not all of one.
DType dtype_of(const TensorMap& tensors) {
  std::optional<DType> common;
  for (const auto& [name, tensor] : tensors) {
    if (!is_floating(tensor.dtype)) continue;
    if (common && *common != tensor.dtype) return DType::f32;
    common = tensor.dtype;
  }
  return common.value_or(DType::f32);
}

void save_folder(const Checkpoint& checkpoint, const TensorMap& weights, const fs::path& folder) {
  if (fs::exists(folder)) throw_usage("{}: exists already, a Hugging Face folder is written anew", folder.string());
  const TensorMap renamed = to_hugging_face(weights, checkpoint.config);
  write_folder(folder, [&](const fs::path& staging) {
    write_safetensors(staging / "model.safetensors", renamed, {{"format", "pt"}});
    for (const auto& [name, text] : hf_side_files(checkpoint.config, dtype_of(weights))) {
      write_file(staging / name, text);
    }
  });
}

}  // namespace

void save_checkpoint(const Checkpoint& checkpoint, const fs::path& path, Layout layout, std::optional<DType> dtype) {
  const TensorMap weights = dtype ? with_dtype(checkpoint.weights, *dtype, path) : checkpoint.weights;
  switch (layout) {
    case Layout::safetensors: {
      auto metadata = checkpoint.metadata;
      metadata["cnclip.config"] = to_json(checkpoint.config);
      return write_safetensors(path, weights, metadata);
    }
    case Layout::official: {
      TensorMap prefixed;  // the official trainer saves the wrapped module
      for (const auto& [name, tensor] : weights) prefixed.set("module." + name, tensor);
      auto metadata = checkpoint.metadata;
      metadata.erase("cnclip.config");
      if (const auto seen = recognize(weights); !seen || !seen->same_sizes(checkpoint.config)) {
        metadata["cnclip.config"] = to_json(checkpoint.config);  // numbers of heads do not show in the tensors
      }
      return write_torch_zip(path, prefixed, metadata);
    }
    case Layout::hugging_face: return save_folder(checkpoint, weights, path);
  }
}

Checkpoint initial_checkpoint(const ModelConfig& config, std::uint64_t seed, const std::optional<fs::path>& vision_init,
                              const std::optional<fs::path>& text_init) {
  Checkpoint checkpoint;
  checkpoint.config = config;
  TensorMap weights = initial_weights(config, seed);
  const auto take = [&](const fs::path& path, std::string_view tower, std::string_view scalar) {
    const RawCheckpoint raw = read_raw(path);
    const TensorMap official = to_official(raw.tensors, path.string());
    std::size_t taken = 0;
    for (const auto& [name, tensor] : official) {
      if (!name.starts_with(tower) && name != scalar) continue;
      if (!weights.contains(name))
        throw_bad_input("{}: tensor {} does not belong to {}", path.string(), name, config.name);
      // Weights of OpenAI are half precision; training starts from full precision.
      weights.set(name, cast(tensor, DType::f32));
      ++taken;
    }
    if (taken == 0) {
      throw_bad_input("{}: is {}, it has no {}* tensors", path.string(), describe(convention_of(raw.tensors)), tower);
    }
    // Half a tower with random layers between would train, and nobody would know.
    for (const Parameter& parameter : parameters(config)) {
      if (parameter.name.starts_with(tower) && parameter.dtype != DType::i64 && !official.contains(parameter.name)) {
        throw_bad_input("{}: tensor {} is missing, {} needs it", path.string(), parameter.name, config.name);
      }
    }
    weights = fit(weights, config, path);
  };
  if (vision_init) take(*vision_init, "visual.", "logit_scale");
  if (text_init) take(*text_init, "bert.", "");
  checkpoint.weights = std::move(weights);
  return checkpoint;
}

}  // namespace cnclip
