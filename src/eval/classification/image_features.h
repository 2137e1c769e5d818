// The pictures of a classification data set as features.
#pragma once

#include <functional>
#include <optional>

#include "cnclip/encoder.h"
#include "eval/classification/class_folder.h"
#include "vectors/feature_set.h"

namespace cnclip::classification {

using Progress = std::function<void(std::size_t done, std::optional<std::size_t> of)>;

// A row of `features` for each image, in order. What was broken is in `skipped` only.
struct LabelledFeatures {
  std::vector<LabelledImage> images;
  FeatureSet features;
  std::vector<FeatureCollector::Fault> skipped;
};

// Pictures become RGB before they are resized, as the official script's ImageFolder has it. A broken one throws
// bad_input naming it, unless `skip_broken`; so does a data set without any that is not.
LabelledFeatures encode_images(Encoder& encoder, const ClassFolder& folder, bool skip_broken, const Progress& progress);

// Features made before, found by the images' ids. Throws bad_input naming an image that has none.
LabelledFeatures find_features(const FeatureSet& features, const ClassFolder& folder);

}  // namespace cnclip::classification
