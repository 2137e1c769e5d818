#include "cnclip/encoder.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "base/error.h"
#include "base/home.h"
#include "checkpoint/load.h"
#include "encode/engines.h"
#include "encode/model_identity.h"
#include "encode/model_store.h"
#include "model/towers.h"
#include "quantize/quantization.h"

namespace cnclip {

struct Encoder::Impl {
  EncoderOptions options;
  Checkpoint checkpoint;
  std::unique_ptr<Engine> engine;
  std::optional<Quantization> quantization;
  std::unique_ptr<Program> image, text;  // compiled when first used

  Program& compiled(std::unique_ptr<Program>& program, Graph graph, TowerQuantization Quantization::*tower) {
    if (program) return *program;
    CompileOptions compile;
    compile.precision = precision();
    compile.threads = options.threads;
    compile.streams = options.streams;
    compile.fingerprint = checkpoint.fingerprint;
    TensorMap weights = checkpoint.weights;
    if (quantization) {
      quantize(graph, weights, *quantization.*tower);
      compile.fingerprint += " " + quantization->digest;
    }
    if (options.cache.empty())
      compile.cache = home_folder() / "compiled";
    else if (options.cache != "none")
      compile.cache = options.cache;
    program = engine->compile(graph, weights, compile);
    return *program;
  }
  Program& image_program() { return compiled(image, image_tower(checkpoint.config), &Quantization::image); }
  Program& text_program() { return compiled(text, text_tower(checkpoint.config), &Quantization::text); }

  // Of what is not int8.
  Precision precision() const {
    if (const auto named = precision_named(options.precision)) return *named;
    if (options.precision == "auto" || options.precision == "int8") return engine->best_precision();
    throw_usage("precision {}: it is f32, bf16, f16, int8 or auto", options.precision);
  }

  void open_quantization(const std::filesystem::path& model) {
    if (engine->name() != "openvino") throw_unavailable("engine {}: has no int8; engine openvino has", engine->name());
    quantization =
        read_quantization(quantization_of(model, options.quantization), checkpoint, remembered_fingerprint(checkpoint));
  }

  FeatureMatrix features(std::int64_t rows) const {
    FeatureMatrix matrix{rows, checkpoint.config.embed_dim, {}};
    matrix.values.resize(static_cast<std::size_t>(rows * matrix.columns));
    return matrix;
  }
  void finish(FeatureMatrix& matrix) const {
    if (!options.normalize) return;
    const auto width = static_cast<std::size_t>(matrix.columns);
    for (std::size_t begin = 0; begin < matrix.values.size(); begin += width) {
      const std::span<float> row(&matrix.values[begin], width);
      const double square = std::inner_product(row.begin(), row.end(), row.begin(), 0.0);
      const auto scale = static_cast<float>(1.0 / std::sqrt(square));
      for (float& value : row) value *= scale;
    }
  }
};

Encoder::Encoder(const std::string& model, EncoderOptions options) : impl_(std::make_unique<Impl>()) {
  if (options.context_length < 2)
    throw_usage("context length {}: there must be room for [CLS] and [SEP]", options.context_length);
  impl_->engine = make_engine(options.engine, options.device);
  impl_->engine->check_streams(options.streams, options.threads);
  const std::filesystem::path file = resolve_model(model);
  impl_->checkpoint = load_checkpoint(file);
  if (const int most = impl_->checkpoint.config.text.max_positions; options.context_length > most) {
    throw_usage("context length {}: {} has {} positions", options.context_length, impl_->checkpoint.config.name, most);
  }
  impl_->options = std::move(options);
  impl_->precision();
  if (impl_->options.precision == "int8") {
    impl_->open_quantization(file);
  } else if (!impl_->options.quantization.empty()) {
    throw_usage("{}: a quantisation is for precision int8, not {}", impl_->options.quantization,
                impl_->options.precision);
  }
}
Encoder::~Encoder() = default;
Encoder::Encoder(Encoder&&) noexcept = default;
Encoder& Encoder::operator=(Encoder&&) noexcept = default;

std::int64_t Encoder::embed_dim() const {
  return impl_->checkpoint.config.embed_dim;
}
int Encoder::image_size() const {
  return impl_->checkpoint.config.image_size;
}
std::string Encoder::precision() const {
  if (impl_->quantization) return "int8";
  return name_of(impl_->precision());
}
float Encoder::logit_scale() const {
  return std::exp(impl_->checkpoint.weights.at("logit_scale").load().to(DType::f32).data<float>()[0]);
}

FeatureMatrix Encoder::encode_texts(std::span<const std::string> texts) {
  std::vector<Tokens> tokens;
  for (const std::string& text : texts)
    tokens.push_back(Tokenizer::chinese().encode(text, impl_->options.context_length));
  return encode_tokens(tokens);
}

FeatureMatrix Encoder::encode_tokens(std::span<const Tokens> texts) {
  FeatureMatrix matrix = impl_->features(static_cast<std::int64_t>(texts.size()));
  if (texts.empty()) return matrix;
  std::vector<std::int32_t> ids, lengths;
  const int vocabulary = impl_->checkpoint.config.text.vocab_size,
            positions = impl_->checkpoint.config.text.max_positions;
  for (std::size_t i = 0; i < texts.size(); ++i) {
    const auto& row = texts[i].ids;
    if (row.empty() || row.size() > static_cast<std::size_t>(positions)) {
      throw_usage("text {}: {} tokens, the model takes 1 to {}", i, row.size(), positions);
    }
    for (const std::int32_t id : row) {
      if (id < 0 || id >= vocabulary) throw_usage("text {}: token {} is not in a vocabulary of {}", i, id, vocabulary);
    }
    ids.insert(ids.end(), row.begin(), row.end());
    lengths.push_back(static_cast<std::int32_t>(row.size()));
  }
  Batch batch;
  batch.count = static_cast<std::int64_t>(texts.size());
  batch.ids = ids;
  batch.lengths = lengths;
  impl_->text_program().run(batch, matrix.values);
  impl_->finish(matrix);
  return matrix;
}

FeatureMatrix Encoder::encode_images(std::span<const Image> images) {
  const auto side = static_cast<std::size_t>(image_size());
  std::vector<std::uint8_t> pixels(images.size() * 3 * side * side);
  for (std::size_t i = 0; i < images.size(); ++i) {
    preprocess_u8(images[i], image_size(), std::span(pixels).subspan(i * 3 * side * side, 3 * side * side));
  }
  return encode_pixels(pixels);
}

FeatureMatrix Encoder::encode_pixels(std::span<const std::uint8_t> pixels) {
  const std::size_t picture = 3 * static_cast<std::size_t>(image_size()) * static_cast<std::size_t>(image_size());
  if (pixels.size() % picture != 0)
    throw_usage("{} pixel values are no whole number of pictures of {}", pixels.size(), picture);
  FeatureMatrix matrix = impl_->features(static_cast<std::int64_t>(pixels.size() / picture));
  if (matrix.rows == 0) return matrix;
  Batch batch;
  batch.count = matrix.rows;
  batch.pixels = pixels;
  impl_->image_program().run(batch, matrix.values);
  impl_->finish(matrix);
  return matrix;
}

std::int64_t Encoder::image_batch() const {
  return impl_->engine->image_batch() * impl_->options.streams;
}

std::vector<float> match_probabilities(std::span<const float> image, const FeatureMatrix& texts, float logit_scale) {
  std::vector<double> logits;
  for (std::int64_t i = 0; i < texts.rows; ++i) {
    const auto row = texts.row(i);
    logits.push_back(logit_scale * std::inner_product(image.begin(), image.end(), row.begin(), 0.0));
  }
  const double most = logits.empty() ? 0 : *std::max_element(logits.begin(), logits.end());
  double sum = 0;
  for (double& logit : logits) sum += logit = std::exp(logit - most);
  std::vector<float> probabilities;
  for (const double logit : logits) probabilities.push_back(static_cast<float>(logit / sum));
  return probabilities;
}

}  // namespace cnclip
