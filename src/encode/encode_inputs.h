// A whole input to features: reading, decoding and resizing overlap with the encoder; one bad item is noted and left
// out.
#pragma once

#include <functional>

#include "cnclip/encoder.h"
#include "data/sources.h"
#include "vectors/feature_sink.h"

namespace cnclip {

struct EncodeReport {
  std::size_t items = 0;  // rows written
  std::size_t errors = 0;
  std::size_t truncated = 0;  // texts cut at the context length
  double seconds = 0;         // without start-up: from the first item on, the encoder being compiled
};

struct EncodeSettings {
  DecodeOptions decode;
  PreprocessOrder order = PreprocessOrder::resize_then_rgb;
  std::int64_t batch = 0;  // pictures a batch; 0: what the encoder likes
  int context_length = 52;
  TextVariant variant = TextVariant::api;
  // Called now and then with the number of items done.
  std::function<void(std::size_t done, std::optional<std::size_t> of)> progress;
};

// Rows keep the order of the input.
EncodeReport encode_image_source(Encoder& encoder, ImageSource& source, FeatureSink& sink,
                                 const EncodeSettings& settings);
EncodeReport encode_text_source(Encoder& encoder, TextSource& source, FeatureSink& sink,
                                const EncodeSettings& settings);

}  // namespace cnclip
