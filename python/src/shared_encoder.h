// An Encoder that any number of Python threads may use: calls wait for each other.
#pragma once

#include <cnclip/encoder.h>

#include <mutex>

#include "pictures.h"

namespace cnclip::python {

class SharedEncoder {
 public:
  SharedEncoder(const std::string& model, EncoderOptions options)
      : threads_(options.threads), encoder_(model, std::move(options)) {}

  FeatureMatrix encode_images(std::span<const Picture* const> pictures) {
    const auto planes = preprocess_all(pictures, encoder_.image_size(), threads_);
    const std::lock_guard lock(mutex_);
    return encoder_.encode_pixels(planes);
  }
  FeatureMatrix encode_texts(std::span<const std::string> texts) {
    const std::lock_guard lock(mutex_);
    return encoder_.encode_texts(texts);
  }
  const Encoder& encoder() const { return encoder_; }

 private:
  const int threads_;
  std::mutex mutex_;
  Encoder encoder_;
};

}  // namespace cnclip::python
