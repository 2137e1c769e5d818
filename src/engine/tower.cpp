#include "engine/tower.h"

#include "base/error.h"

namespace cnclip {
namespace {

void check_texts(const TowerShape& tower, const Batch& batch) {
  if (batch.lengths.size() != static_cast<std::size_t>(batch.count)) {
    throw_internal("engine: {} lengths for {} texts", batch.lengths.size(), batch.count);
  }
  std::size_t tokens = 0;
  for (std::size_t i = 0; i < batch.lengths.size(); ++i) {
    const std::int32_t length = batch.lengths[i];
    if (length < 1 || length > tower.positions) {
      throw_bad_input("text {}: {} tokens, 1 to {} are possible", i, length, tower.positions);
    }
    tokens += static_cast<std::size_t>(length);
  }
  if (tokens != batch.ids.size()) {
    throw_internal("engine: {} token ids, the lengths ask for {}", batch.ids.size(), tokens);
  }
  for (const std::int32_t id : batch.ids) {
    if (id < 0 || id >= tower.vocabulary) throw_bad_input("token id {}: the vocabulary has {}", id, tower.vocabulary);
  }
}

}  // namespace

TowerShape tower_shape(const Graph& graph, const std::vector<Shape>& shapes, const TensorMap& weights) {
  TowerShape tower;
  tower.features = shapes[static_cast<std::size_t>(graph.output.id)].back();
  for (const Node& node : graph.nodes) {
    if (const auto* pixels = std::get_if<PixelInput>(&node.op)) tower.image_size = pixels->size;
    if (const auto* tables = std::get_if<EmbeddingSum>(&node.op)) {
      tower.vocabulary = weights.at(tables->word).shape[0];
      tower.positions = weights.at(tables->position).shape[0];
    }
  }
  return tower;
}

void check_batch(const TowerShape& tower, const Batch& batch) {
  if (batch.count < 0) throw_internal("engine: {} rows", batch.count);
  if (!tower.takes_images()) return check_texts(tower, batch);
  const auto bytes = static_cast<std::size_t>(batch.count * tower.row_bytes());
  if (batch.pixels.size() != bytes) {
    throw_internal("engine: {} bytes of pixels, {} images have {}", batch.pixels.size(), batch.count, bytes);
  }
}

void check_batch(const TowerShape& tower, const Batch& batch, std::span<const float> features) {
  if (batch.count >= 0 && features.size() != static_cast<std::size_t>(batch.count * tower.features)) {
    throw_internal("engine: {} rows of {} features do not fit {} floats", batch.count, tower.features, features.size());
  }
  check_batch(tower, batch);
}

}  // namespace cnclip
