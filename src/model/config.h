// What a model is made of: sizes only. The official JSON names are used wherever the official system has one.
#pragma once

#include <cstdint>
#include <string>
#include <variant>
#include <vector>

namespace cnclip {

struct VitConfig {
  int layers = 0;
  int width = 0;
  int patch_size = 0;
  int head_width = 64;
  float epsilon = 1e-5f;

  int heads() const { return width / head_width; }
  bool operator==(const VitConfig&) const = default;
};

// ModifiedResNet of CLIP: three-convolution stem, bottlenecks, attention pool.
struct ResNetConfig {
  std::vector<int> layers;  // blocks by stage, four stages
  int width = 64;
  int head_width = 64;

  int features() const { return width * 32; }
  int heads() const { return features() / head_width; }
  bool operator==(const ResNetConfig&) const = default;
};

struct BertConfig {
  int vocab_size = 21128;
  int layers = 0;
  int hidden_size = 0;
  int heads = 0;
  int intermediate_size = 0;
  int max_positions = 512;
  int type_vocab_size = 2;
  float dropout = 0.1f;
  float initializer_range = 0.02f;  // standard deviation of random weights
  float epsilon = 1e-12f;
  bool operator==(const BertConfig&) const = default;
};

struct ModelConfig {
  std::string name;  // an official name, or the user's
  int embed_dim = 0;
  int image_size = 0;
  std::variant<VitConfig, ResNetConfig> vision;
  BertConfig text;

  // Equal but for the name.
  bool same_sizes(const ModelConfig& other) const {
    return embed_dim == other.embed_dim && image_size == other.image_size && vision == other.vision &&
           text == other.text;
  }
};

// Throws bad_input saying which size is impossible.
void validate(const ModelConfig& config);

// The architectures of the official system and a few small ones for tests and CPU training.
const std::vector<ModelConfig>& architectures();
const ModelConfig* find_architecture(std::string_view name);

// A name of architectures(), or the path of a .json or .toml file.
ModelConfig architecture_from(const std::string& name_or_file);

// JSON with the official keys: {"embed_dim", "image_resolution", "vision_layers", "vision_width", "vision_patch_size",
// "vision_head_width", "text_num_hidden_layers", …}, TOML with the same keys. `file` is for messages.
ModelConfig parse_config(std::string_view text, bool toml, const std::string& file);
std::string to_json(const ModelConfig& config);

// The double that JSON shows with as few digits as tell the float: 0.1, not 0.10000000149.
double shortest(float value);

}  // namespace cnclip
