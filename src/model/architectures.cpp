#include <algorithm>

#include "base/error.h"
#include "model/config.h"

namespace cnclip {
namespace {

BertConfig bert(int layers, int hidden, int heads, int intermediate) {
  BertConfig config;
  config.layers = layers;
  config.hidden_size = hidden;
  config.heads = heads;
  config.intermediate_size = intermediate;
  return config;
}

const BertConfig kRbt3 = bert(3, 768, 12, 3072);
const BertConfig kBase = bert(12, 768, 12, 3072);
const BertConfig kLarge = bert(24, 1024, 16, 4096);

}  // namespace

const std::vector<ModelConfig>& architectures() {
  static const std::vector<ModelConfig> all = {
      {"RN50", 1024, 224, ResNetConfig{{3, 4, 6, 3}}, kRbt3},
      {"ViT-B-32", 512, 224, VitConfig{12, 768, 32}, kBase},
      {"ViT-B-16", 512, 224, VitConfig{12, 768, 16}, kBase},
      {"ViT-L-14", 768, 224, VitConfig{24, 1024, 14}, kBase},
      {"ViT-L-14-336", 768, 336, VitConfig{24, 1024, 14}, kBase},
      {"ViT-H-14", 1024, 224, VitConfig{32, 1280, 14, 80}, kLarge},
      // Ours, for tests and for training on a CPU.
      {"tiny", 64, 64, VitConfig{2, 128, 16}, bert(2, 128, 2, 512)},
      {"tiny-rn", 64, 64, ResNetConfig{{1, 1, 1, 1}, 8}, bert(2, 128, 2, 512)},
      {"small-rn", 128, 64, ResNetConfig{{1, 1, 1, 1}, 16}, bert(2, 128, 2, 512)},
  };
  return all;
}

const ModelConfig* find_architecture(std::string_view name) {
  const auto& all = architectures();
  const auto found = std::find_if(all.begin(), all.end(), [&](const ModelConfig& c) { return c.name == name; });
  return found == all.end() ? nullptr : &*found;
}

void validate(const ModelConfig& config) {
  const auto positive = [&](std::string_view what, std::int64_t value, std::int64_t most) {
    if (value < 1 || value > most) {
      throw_bad_input("model {}: {} is {}, it must lie between 1 and {}", config.name, what, value, most);
    }
  };
  const auto divides = [&](std::string_view what, int whole, std::string_view by, int part) {
    if (whole % part != 0)
      throw_bad_input("model {}: {} {} is not a multiple of {} {}", config.name, what, whole, by, part);
  };
  positive("embed_dim", config.embed_dim, 65536);
  positive("image_resolution", config.image_size, 4096);
  if (const auto* vit = std::get_if<VitConfig>(&config.vision)) {
    positive("vision_layers", vit->layers, 1000);
    positive("vision_width", vit->width, 65536);
    positive("vision_patch_size", vit->patch_size, config.image_size);
    positive("vision_head_width", vit->head_width, vit->width);
    divides("vision_width", vit->width, "vision_head_width", vit->head_width);
    divides("image_resolution", config.image_size, "vision_patch_size", vit->patch_size);
  } else {
    const auto& resnet = std::get<ResNetConfig>(config.vision);
    if (resnet.layers.size() != 4) {
      throw_bad_input("model {}: vision_layers has {} stages, a ResNet has 4", config.name, resnet.layers.size());
    }
    for (const int blocks : resnet.layers) positive("vision_layers", blocks, 1000);
    positive("vision_width", resnet.width, 4096);
    positive("vision_head_width", resnet.head_width, resnet.features());
    divides("vision_width", resnet.width, "2", 2);
    divides("vision_width x 32", resnet.features(), "vision_head_width", resnet.head_width);
    divides("image_resolution", config.image_size, "32", 32);
  }
  positive("vocab_size", config.text.vocab_size, 10'000'000);
  positive("text_num_hidden_layers", config.text.layers, 1000);
  positive("text_hidden_size", config.text.hidden_size, 65536);
  positive("text_num_attention_heads", config.text.heads, config.text.hidden_size);
  positive("text_intermediate_size", config.text.intermediate_size, 1 << 20);
  positive("text_max_position_embeddings", config.text.max_positions, 1 << 20);
  positive("text_type_vocab_size", config.text.type_vocab_size, 1024);
  divides("text_hidden_size", config.text.hidden_size, "text_num_attention_heads", config.text.heads);
  if (!(config.text.initializer_range > 0 && config.text.initializer_range <= 1)) {
    throw_bad_input("model {}: text_initializer_range is {}, it must lie above 0 and up to 1", config.name,
                    config.text.initializer_range);
  }
}

}  // namespace cnclip
