// Images and Chinese texts to features: a checkpoint opened for use.
//
// An Encoder owns its weights and engine. Calls on one Encoder must not overlap; different Encoders may run side by
// side. A tower is compiled when it is first used, so a text-only user never pays for images.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "cnclip/error.h"
#include "cnclip/image.h"
#include "cnclip/tokenizer.h"

namespace cnclip {

struct EncoderOptions {
  std::string engine;              // "openvino", "torch" or "reference"; empty: the fastest on the device
  std::string device = "cpu";      // "cuda", "cuda:N": one of NVIDIA's, by engine torch
  std::string precision = "auto";  // "f32", "bf16", "f16" (CUDA), "int8"; "auto": bf16 where it is faster here
  std::string quantization;        // for int8, the file `cnclip quantize` makes; empty: M.int8.safetensors beside M
  int threads = 0;                 // 0: as many as there are cores
  int streams = 1;                 // batches side by side, each on threads / streams; more: for throughput
  std::string cache;               // folder of compiled models; empty: $CNCLIP_HOME/compiled; "none": not kept
  bool normalize = true;           // features of unit length
  int context_length = 52;         // tokens, [CLS] and [SEP] among them; longer texts are cut
};

// Rows of features, row-major.
struct FeatureMatrix {
  std::int64_t rows = 0;
  std::int64_t columns = 0;
  std::vector<float> values;
  std::span<const float> row(std::int64_t i) const {
    return std::span(values).subspan(static_cast<std::size_t>(i * columns), static_cast<std::size_t>(columns));
  }
};

class Encoder {
 public:
  // `model`: a checkpoint file, a Hugging Face folder, or a name in the model store. Throws Error.
  explicit Encoder(const std::string& model, EncoderOptions options = {});
  ~Encoder();
  Encoder(Encoder&&) noexcept;
  Encoder& operator=(Encoder&&) noexcept;

  std::int64_t embed_dim() const;
  int image_size() const;
  std::string precision() const;  // what "auto" came to
  float logit_scale() const;      // exp of the parameter: cosines are multiplied by it before a softmax

  FeatureMatrix encode_texts(std::span<const std::string> texts);
  FeatureMatrix encode_images(std::span<const Image> images);
  // Pixels as preprocess_u8 makes them: (count, 3, S, S).
  FeatureMatrix encode_pixels(std::span<const std::uint8_t> pixels);
  // Texts as Tokenizer::encode makes them.
  FeatureMatrix encode_tokens(std::span<const Tokens> texts);

  // A sensible number of pictures for one call; with streams, a batch for each.
  std::int64_t image_batch() const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

// Softmax over texts of logit_scale times cosine, for one image: the official get_similarity.
std::vector<float> match_probabilities(std::span<const float> image, const FeatureMatrix& texts, float logit_scale);

}  // namespace cnclip
