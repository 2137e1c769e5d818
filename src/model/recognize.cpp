#include "model/recognize.h"

#include <cmath>

#include "base/error.h"

namespace cnclip {
namespace {

// Dimension `axis` of a tensor, or 0 when there is no such tensor or axis, or no int holds it.
int dim(const TensorMap& weights, const std::string& name, std::size_t axis) {
  const LazyTensor* tensor = weights.find(name);
  if (tensor == nullptr || axis >= tensor->shape.size() || tensor->shape[axis] > 1'000'000'000) return 0;
  return static_cast<int>(tensor->shape[axis]);
}

// How many of prefix + "0" + suffix, prefix + "1" + suffix, … there are.
int count(const TensorMap& weights, const std::string& prefix, const std::string& suffix) {
  int n = 0;
  while (weights.contains(fmt::format("{}{}{}", prefix, n, suffix))) ++n;
  return n;
}

// Side of the grid of a position table with one row more than the grid has places.
int grid_of(const TensorMap& weights, const std::string& table) {
  const int rows = dim(weights, table, 0);
  const int side = static_cast<int>(std::lround(std::sqrt(std::max(rows - 1, 0))));
  if (rows < 2 || side * side + 1 != rows) throw_bad_input("{}: {} rows are not a square grid and one", table, rows);
  return side;
}

int official_head_width(int width, int layers) {
  for (const ModelConfig& known : architectures()) {
    const auto* vit = std::get_if<VitConfig>(&known.vision);
    if (vit != nullptr && vit->width == width && vit->layers == layers) return vit->head_width;
  }
  return 64;
}

}  // namespace

std::optional<ImageTowerSizes> recognize_image_tower(const TensorMap& weights) {
  if (weights.contains("visual.class_embedding")) {
    VitConfig vit;
    vit.width = dim(weights, "visual.conv1.weight", 0);
    vit.patch_size = dim(weights, "visual.conv1.weight", 2);
    vit.layers = count(weights, "visual.transformer.resblocks.", ".ln_1.weight");
    vit.head_width = official_head_width(vit.width, vit.layers);
    const int grid = grid_of(weights, "visual.positional_embedding");
    return ImageTowerSizes{vit, dim(weights, "visual.proj", 1), grid * std::max(vit.patch_size, 1)};
  }
  if (weights.contains("visual.attnpool.positional_embedding")) {
    ResNetConfig resnet;
    resnet.width = dim(weights, "visual.conv3.weight", 0);
    for (int stage = 1; stage <= 4; ++stage) {
      resnet.layers.push_back(count(weights, "visual.layer" + std::to_string(stage) + ".", ".conv1.weight"));
    }
    const int grid = grid_of(weights, "visual.attnpool.positional_embedding");
    return ImageTowerSizes{resnet, dim(weights, "visual.attnpool.c_proj.weight", 0), grid * 32};
  }
  return {};
}

std::optional<BertConfig> recognize_text_tower(const TensorMap& weights) {
  const std::string table = "bert.embeddings.word_embeddings.weight";
  if (!weights.contains(table)) return {};
  BertConfig bert;
  bert.vocab_size = dim(weights, table, 0);
  bert.hidden_size = dim(weights, table, 1);
  bert.layers = count(weights, "bert.encoder.layer.", ".output.dense.weight");
  bert.heads = std::max(bert.hidden_size / 64, 1);
  bert.intermediate_size = dim(weights, "bert.encoder.layer.0.intermediate.dense.weight", 0);
  bert.max_positions = dim(weights, "bert.embeddings.position_embeddings.weight", 0);
  bert.type_vocab_size = dim(weights, "bert.embeddings.token_type_embeddings.weight", 0);
  return bert;
}

std::optional<ModelConfig> recognize(const TensorMap& weights) {
  const auto image = recognize_image_tower(weights);
  const auto text = recognize_text_tower(weights);
  if (!image || !text) return {};
  ModelConfig config{"custom", image->embed_dim, image->image_size, image->vision, *text};
  for (const ModelConfig& known : architectures()) {
    if (known.same_sizes(config)) config.name = known.name;
  }
  return config;
}

}  // namespace cnclip
