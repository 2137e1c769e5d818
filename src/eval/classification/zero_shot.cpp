#include "eval/classification/zero_shot.h"

namespace cnclip::classification {
namespace {

// `pictures()` comes after what is quickly found to be wrong.
template <class Pictures>
ZeroShotResult evaluate(Encoder& encoder, const ClassFolder& folder, const ZeroShotSettings& settings,
                        Pictures pictures) {
  check_fits(settings.metric, folder);
  ZeroShotResult result;
  result.prompts = prompts_for(settings.prompts, settings.dataset);
  const ClassVectors classes =
      class_vectors(encoder, folder.labels, result.prompts.templates, settings.context_length, settings.class_progress);
  result.truncated = classes.truncated;
  LabelledFeatures images = pictures();
  result.probabilities = class_probabilities(images.features, classes.rows);
  result.outcome = measure(images.images, result.probabilities, settings.metric);
  result.skipped = std::move(images.skipped);
  return result;
}

}  // namespace

ZeroShotResult evaluate_zero_shot(Encoder& encoder, const ClassFolder& folder, const ZeroShotSettings& settings) {
  return evaluate(encoder, folder, settings,
                  [&] { return encode_images(encoder, folder, settings.skip_broken, settings.image_progress); });
}

ZeroShotResult evaluate_zero_shot(Encoder& encoder, const ClassFolder& folder, const FeatureSet& features,
                                  const ZeroShotSettings& settings) {
  return evaluate(encoder, folder, settings, [&] { return find_features(features, folder); });
}

}  // namespace cnclip::classification
