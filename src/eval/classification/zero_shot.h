// Zero-shot classification: no picture of the data set is learned from, its class names alone make the classifier.
#pragma once

#include "eval/classification/class_vectors.h"
#include "eval/classification/outcome.h"

namespace cnclip::classification {

struct ZeroShotSettings {
  std::string dataset;               // decides about templates; one of benchmarks(), or any name
  std::string prompts = "official";  // as prompts_for() has it
  Metric metric = Metric::accuracy;
  int context_length = 52;
  bool skip_broken = false;
  Progress class_progress, image_progress;
};

struct ZeroShotResult {
  PromptSet prompts;
  std::size_t truncated = 0;  // sentences cut at the context length
  std::vector<FeatureCollector::Fault> skipped;
  Outcome outcome;
  Tensor probabilities;  // float32 (images, classes), rows as in outcome.images
};

// Throws bad_input, usage: see the functions that it calls.
ZeroShotResult evaluate_zero_shot(Encoder& encoder, const ClassFolder& folder, const ZeroShotSettings& settings);
// The same with features of the pictures at hand; the encoder is for the class names.
ZeroShotResult evaluate_zero_shot(Encoder& encoder, const ClassFolder& folder, const FeatureSet& features,
                                  const ZeroShotSettings& settings);

}  // namespace cnclip::classification
