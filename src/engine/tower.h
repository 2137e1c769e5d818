// What running a tower asks of a batch, whatever the engine.
#pragma once

#include "engine/engine.h"

namespace cnclip {

struct TowerShape {
  std::int64_t features = 0;    // width of a row of the output
  std::int64_t image_size = 0;  // 0 for a text tower
  std::int64_t vocabulary = 0;  // of a text tower
  std::int64_t positions = 0;   // tokens that a text may have

  bool takes_images() const { return image_size > 0; }
  std::int64_t row_bytes() const { return 3 * image_size * image_size; }  // of an image
};

// `shapes` as verify() gives them.
TowerShape tower_shape(const Graph& graph, const std::vector<Shape>& shapes, const TensorMap& weights);

// Throws bad_input for a text that is empty or too long and for an id that is none, internal for spans of wrong sizes.
void check_batch(const TowerShape& tower, const Batch& batch);
void check_batch(const TowerShape& tower, const Batch& batch, std::span<const float> features);

}  // namespace cnclip
