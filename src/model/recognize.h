// Which architecture a set of tensors (under official names) belongs to.
#pragma once

#include <optional>

#include "base/tensor.h"
#include "model/config.h"

namespace cnclip {

// The towers found; sizes that tensors do not show (head widths) are those of the official architecture of the same
// sizes, or 64.
struct ImageTowerSizes {
  std::variant<VitConfig, ResNetConfig> vision;
  int embed_dim = 0;
  int image_size = 0;
};
std::optional<ImageTowerSizes> recognize_image_tower(const TensorMap& weights);
std::optional<BertConfig> recognize_text_tower(const TensorMap& weights);

// Both together, not yet validated; nothing when a tower is missing. Throws bad_input when a position table is no grid.
std::optional<ModelConfig> recognize(const TensorMap& weights);

}  // namespace cnclip
