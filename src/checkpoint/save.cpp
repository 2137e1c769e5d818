#include "checkpoint/save.h"

#include "base/error.h"
#include "base/file.h"
#include "base/lazy.h"
#include "checkpoint/hf_config.h"
#include "checkpoint/safetensors.h"
#include "checkpoint/torch_writer.h"
#include "model/parameters.h"

namespace cnclip {
namespace {

namespace fs = std::filesystem;

TensorMap with_dtype(const TensorMap& tensors, std::optional<DType> dtype) {
  TensorMap out;
  for (const auto& [name, tensor] : tensors) out.set(name, dtype ? cast(tensor, *dtype) : tensor);
  return out;
}

void save_folder(const Checkpoint& checkpoint, const TensorMap& weights, const fs::path& folder,
                 std::optional<DType> dtype) {
  if (fs::exists(folder)) throw_usage("{}: exists already, a Hugging Face folder is written anew", folder.string());
  const TensorMap renamed = to_hugging_face(weights, checkpoint.config);
  write_folder(folder, [&](const fs::path& staging) {
    write_safetensors(staging / "model.safetensors", renamed, {{"format", "pt"}});
    for (const auto& [name, text] : hf_side_files(checkpoint.config, dtype ? name_of(*dtype) : "f32")) {
      write_file(staging / name, text);
    }
  });
}

}  // namespace

void save_checkpoint(const Checkpoint& checkpoint, const fs::path& path, Layout layout, std::optional<DType> dtype) {
  const TensorMap weights = with_dtype(checkpoint.weights, dtype);
  switch (layout) {
    case Layout::safetensors: {
      auto metadata = checkpoint.metadata;
      metadata["cnclip.config"] = to_json(checkpoint.config);
      return write_safetensors(path, weights, metadata);
    }
    case Layout::official: {
      TensorMap prefixed;  // the official trainer saves the wrapped module
      for (const auto& [name, tensor] : weights) prefixed.set("module." + name, tensor);
      return write_torch_zip(path, prefixed, checkpoint.metadata);
    }
    case Layout::hugging_face: return save_folder(checkpoint, weights, path, dtype);
  }
}

Checkpoint initial_checkpoint(const ModelConfig& config, std::uint64_t seed, const std::optional<fs::path>& vision_init,
                              const std::optional<fs::path>& text_init) {
  Checkpoint checkpoint;
  checkpoint.config = config;
  TensorMap weights = initial_weights(config, seed);
  const auto take = [&](const fs::path& path, std::string_view tower, std::string_view scalar) {
    const RawCheckpoint raw = read_raw(path);
    std::size_t taken = 0;
    for (const auto& [name, tensor] : to_official(raw.tensors)) {
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
    weights = fit(weights, config, path);
  };
  if (vision_init) take(*vision_init, "visual.", "logit_scale");
  if (text_init) take(*text_init, "bert.", "");
  checkpoint.weights = std::move(weights);
  return checkpoint;
}

}  // namespace cnclip
