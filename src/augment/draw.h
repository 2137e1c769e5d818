// The random choices of the training transform, each as its original makes it.
#pragma once

#include "augment/train_transform.h"
#include "base/random.h"

namespace cnclip {

// timm's RandomResizedCrop: 0.9 to 1.0 of the area, sides at a ratio from 3/4 to 4/3.
CropBox draw_crop(Random& random, int width, int height);

// A sub-policy and which of its operations are applied, with their arguments.
void draw_policy(Random& random, TrainParameters& parameters);

}  // namespace cnclip
