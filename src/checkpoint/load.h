// From a file or a folder of any known kind to a model's configuration and weights.
#pragma once

#include <filesystem>
#include <map>
#include <string>

#include "base/tensor.h"
#include "checkpoint/names.h"
#include "model/config.h"

namespace cnclip {

struct Checkpoint {
  ModelConfig config;
  TensorMap weights;  // official names, every parameter of `config`, checked for shape; values checked when loaded
  std::string kind;   // of container and names, for people
  std::string fingerprint;                      // differs when the file does
  std::map<std::string, std::string> metadata;  // what else the file says: epoch, step, name, …
};

// `path`: a .pt or .safetensors file, or a Hugging Face folder. Reads headers only; tensors come from the mapped file
// when they are loaded. Throws bad_input, naming the file, when it is not a whole Chinese-CLIP checkpoint.
Checkpoint load_checkpoint(const std::filesystem::path& path);

// Tensors of any checkpoint file, its names as they stand there.
struct RawCheckpoint {
  TensorMap tensors;
  std::string container;  // "safetensors", "torch zip", …
  std::map<std::string, std::string> metadata;
  std::string config_json;  // Hugging Face's config.json, if it lies beside
  std::string fingerprint;
};
RawCheckpoint read_raw(const std::filesystem::path& path);

// What load_checkpoint does once the tensors are at hand; `path` is for messages.
ModelConfig config_of(const RawCheckpoint& raw, const TensorMap& official, const std::filesystem::path& path);

// Every parameter of `config` out of `official`. Missing or misshapen ones throw bad_input naming tensor and file;
// position tables of another grid are resized.
TensorMap fit(const TensorMap& official, const ModelConfig& config, const std::filesystem::path& path);

// Bicubic, align_corners = true, a = -0.75, as the official resize_pos_embed does; row 0 stays
// (official.py: cn_clip/clip/utils.py). `table` is (g^2 + 1, w), the result (side^2 + 1, w).
Tensor resize_positions(const Tensor& table, std::int64_t side);

}  // namespace cnclip
