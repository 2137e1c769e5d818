#include "eval/classification/class_vectors.h"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <unordered_map>

#include "base/error.h"
#include "vectors/products.h"

namespace cnclip::classification {
namespace {

constexpr std::size_t kSentencesACall = 4096;  // so that the engine finds many of one length
constexpr float kScale = 100;                  // of the official script; not the learned one
constexpr std::int64_t kImagesAProduct = 1024;

// False where there is no direction.
bool normalize(std::span<float> row) {
  const double square = std::inner_product(row.begin(), row.end(), row.begin(), 0.0);
  if (!(square > 0) || !std::isfinite(square)) return false;
  const double scale = 1 / std::sqrt(square);
  for (float& value : row) value = static_cast<float>(value * scale);
  return true;
}

// Classes from `begin` on, as many as make a call's worth of sentences.
class Sentences {
 public:
  Sentences(const std::vector<std::string>& labels, std::size_t begin, const std::vector<PromptTemplate>& templates,
            int context_length) {
    for (end_ = begin; end_ < labels.size() && tokens_.size() < kSentencesACall; ++end_) {
      for (const PromptTemplate& prompt : templates) {
        const auto [place, fresh] = numbers_.emplace(prompt.with(labels[end_]), tokens_.size());
        if (fresh) {
          tokens_.push_back(Tokenizer::chinese().encode(place->first, context_length, TextVariant::training));
        }
        used_.push_back(place->second);
      }
    }
  }
  std::size_t end() const { return end_; }
  const std::vector<Tokens>& tokens() const { return tokens_; }
  const std::vector<std::size_t>& used() const { return used_; }  // by class and template

 private:
  std::size_t end_ = 0;
  std::unordered_map<std::string, std::size_t> numbers_;
  std::vector<Tokens> tokens_;
  std::vector<std::size_t> used_;
};

void softmax(std::span<float> row) {
  const float most = *std::max_element(row.begin(), row.end());
  float sum = 0;
  for (float& value : row) sum += value = std::exp(value - most);
  for (float& value : row) value /= sum;
}

}  // namespace

ClassVectors class_vectors(Encoder& encoder, const std::vector<std::string>& labels,
                           const std::vector<PromptTemplate>& templates, int context_length, const Progress& progress) {
  const auto width = static_cast<std::size_t>(encoder.embed_dim());
  ClassVectors result{Tensor::allocate(DType::f32, {static_cast<std::int64_t>(labels.size()), encoder.embed_dim()})};
  const std::span<float> rows = result.rows.mutable_data<float>();
  for (std::size_t begin = 0; begin < labels.size();) {
    const Sentences sentences(labels, begin, templates, context_length);
    FeatureMatrix features = encoder.encode_tokens(sentences.tokens());
    for (std::size_t i = 0; i < sentences.tokens().size(); ++i) {
      result.truncated += sentences.tokens()[i].truncated ? 1 : 0;
      if (!normalize(std::span(features.values).subspan(i * width, width))) {
        throw_bad_input("class {}: the model gives a sentence about it no direction", labels[begin]);
      }
    }
    std::vector<double> sum(width);
    auto used = sentences.used().begin();
    for (std::size_t of = begin; of < sentences.end(); ++of) {
      std::fill(sum.begin(), sum.end(), 0.0);
      for (std::size_t k = 0; k < templates.size(); ++k) {
        const auto feature = features.row(static_cast<std::int64_t>(*used++));
        for (std::size_t j = 0; j < width; ++j) sum[j] += feature[j];
      }
      const std::span<float> row = rows.subspan(of * width, width);
      for (std::size_t j = 0; j < width; ++j)
        row[j] = static_cast<float>(sum[j] / static_cast<double>(templates.size()));
      if (!normalize(row)) throw_bad_input("class {}: its sentences cancel out", labels[of]);
    }
    begin = sentences.end();
    if (progress) progress(begin, labels.size());
  }
  return result;
}

Tensor class_probabilities(const FeatureSet& images, const Tensor& classes) {
  const std::int64_t width = classes.shape()[1];
  if (images.width() != width) {
    throw_bad_input("features of width {}: the model's are of width {}", images.width(), width);
  }
  const std::int64_t count = classes.shape()[0];
  Tensor result = Tensor::allocate(DType::f32, {images.count(), count});
  const std::span<float> probabilities = result.mutable_data<float>();
  std::vector<float> block;
  for (std::int64_t begin = 0; begin < images.count(); begin += kImagesAProduct) {
    const std::int64_t rows = std::min(kImagesAProduct, images.count() - begin);
    block.clear();
    for (std::int64_t i = begin; i < begin + rows; ++i) {
      const auto row = images.row(i);
      block.insert(block.end(), row.begin(), row.end());
      const std::span<float> copy = std::span(block).last(row.size());
      if (!normalize(copy))
        throw_bad_input("{}: its features have no direction", images.ids[static_cast<std::size_t>(i)]);
      for (float& value : copy) value *= kScale;
    }
    const auto at = static_cast<std::size_t>(begin * count);
    multiply({block.data(), rows, width}, MatrixView<float>{classes.data<float>().data(), count, width}.transposed(), 0,
             &probabilities[at]);
    for (std::int64_t i = 0; i < rows; ++i) {
      softmax(probabilities.subspan(at + static_cast<std::size_t>(i * count), static_cast<std::size_t>(count)));
    }
  }
  return result;
}

}  // namespace cnclip::classification
