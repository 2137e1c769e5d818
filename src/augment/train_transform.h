// The official training transform: RandomResizedCrop with Pillow's bicubic, a flip half of the time, conversion to RGB,
// AutoAugment's ImageNet policy as timm's `original` has it. Any thread may call anything here.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "augment/ops.h"
#include "cnclip/image.h"

namespace cnclip {

struct CropBox {
  int left = 0, top = 0, width = 0, height = 0;
};

// All that is random about one picture of one epoch.
struct TrainParameters {
  CropBox crop;
  bool flip = false;
  int sub_policy = 0;          // 0 to 24, in timm's order
  std::vector<AugmentOp> ops;  // those of the sub-policy that are applied, in order
};

// What the parameters of one picture depend on, beside its size.
struct DrawKey {
  std::uint64_t seed = 0, epoch = 0, sample = 0;
};

TrainParameters draw_train_parameters(const DrawKey& key, int width, int height);

// {"crop": [left, top, width, height], "flip": false, "sub_policy": 0, "ops": [["rotate", 27]]}
std::string to_json(const TrainParameters& parameters);

// `planes`: R, G, B, size x size bytes each. Throws usage when the crop leaves the picture.
void apply_train_transform(const Image& image, const TrainParameters& parameters, int size,
                           std::span<std::uint8_t> planes);

// decode_image, draw_train_parameters and apply_train_transform in one go: the same bytes, faster. A JPEG is read no
// further than the crop reaches, so that damage below it goes unseen. Returns what was drawn.
TrainParameters decode_train_u8(std::span<const std::byte> bytes, std::string_view name, const DrawKey& key, int size,
                                std::span<std::uint8_t> planes);

}  // namespace cnclip
