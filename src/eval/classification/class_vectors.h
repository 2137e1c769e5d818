// A zero-shot classifier: one vector for each class, made of sentences about it.
#pragma once

#include "eval/classification/image_features.h"
#include "eval/classification/prompts.h"

namespace cnclip::classification {

struct ClassVectors {
  Tensor rows;                // float32 (classes, width), of unit length
  std::size_t truncated = 0;  // sentences cut at the context length
};

// The official ensemble: the name in every template, as training has texts (lower-cased, curly quotes straight), each
// sentence's feature of unit length, their mean, of unit length again. A sentence is encoded once however often it
// comes, and weighs as often as it comes. `progress` counts classes.
ClassVectors class_vectors(Encoder& encoder, const std::vector<std::string>& labels,
                           const std::vector<PromptTemplate>& templates, int context_length, const Progress& progress);

// The official probabilities: softmax over classes of 100 times the cosine. float32 (images, classes). Features need
// not be of unit length; throws bad_input, naming the image, for those without a direction (zero, or not finite).
Tensor class_probabilities(const FeatureSet& images, const Tensor& classes);

}  // namespace cnclip::classification
