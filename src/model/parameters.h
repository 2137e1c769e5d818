// The parameters of a model, in the order of the official state dict: the one list that readers, writers and the
// initialiser go by.
#pragma once

#include "base/tensor.h"
#include "model/config.h"

namespace cnclip {

// How a parameter starts (official: the constructors in cn_clip/clip/model.py and PyTorch's defaults).
struct Initializer {
  enum class Kind { constant, normal, uniform } kind = Kind::constant;
  double value = 0;  // the constant, the standard deviation, or the bound of (-bound, bound)
};

struct Parameter {
  std::string name;
  Shape shape;
  Initializer initializer;
  bool buffer = false;  // batch-norm statistics: kept in files, not trained, not counted as parameters
  DType dtype = DType::f32;
};

std::vector<Parameter> parameters(const ModelConfig& config);

// What BERT tells masked tokens by, under BERT's names, cls.predictions.*. It is no part of a model: a training keeps
// it in its state. The matrix of the last step is the table of word embeddings.
std::vector<Parameter> masked_language_head(const BertConfig& config);
// As well: the linear map from pictures' features to so many words, word_labels.*.
std::vector<Parameter> word_labels(const ModelConfig& config, int words);

// Trained values; buffers left out.
std::int64_t parameter_count(const ModelConfig& config);

// Multiply-accumulates of one sample.
std::int64_t image_macs(const ModelConfig& config);
std::int64_t text_macs(const ModelConfig& config, std::int64_t length);
// Of them, what the features depend on: in the last block, those of one token.
std::int64_t needed_image_macs(const ModelConfig& config);
std::int64_t needed_text_macs(const ModelConfig& config, std::int64_t length);

// Random weights, each tensor made from (seed, name) alone, so no order or thread count changes them.
TensorMap initial_weights(const ModelConfig& config, std::uint64_t seed);
TensorMap initial_weights(std::vector<Parameter> parameters, std::uint64_t seed);

}  // namespace cnclip
