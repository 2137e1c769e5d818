#include "search/query_encoder.h"

#include <algorithm>
#include <mutex>
#include <optional>

#include "base/error.h"
#include "encode/model_identity.h"

namespace cnclip::search {
namespace {

class OwnEncoder : public QueryEncoder {
 public:
  OwnEncoder(std::string model, EncoderOptions options) : model_(std::move(model)), options_(std::move(options)) {}

  std::string fingerprint() const override { return identity().fingerprint; }
  std::string name() const override { return model_; }

  QueryTexts encode_texts(std::span<const std::string> texts) override {
    const std::scoped_lock lock(mutex_);
    QueryTexts made;
    std::vector<Tokens> tokens;
    for (const std::string& text : texts) {
      tokens.push_back(Tokenizer::chinese().encode(text, options_.context_length));
      made.truncated.push_back(tokens.back().truncated);
    }
    made.features = encoder().encode_tokens(tokens);
    return made;
  }
  FeatureMatrix encode_pictures(std::span<const Image> pictures) override {
    const std::scoped_lock lock(mutex_);
    return encoder().encode_images(pictures);
  }

 private:
  const ModelIdentity& identity() const {
    const std::scoped_lock lock(mutex_);
    if (!identity_) identity_ = model_identity(model_);
    return *identity_;
  }
  Encoder& encoder() {
    if (!encoder_) encoder_.emplace(model_, options_);
    return *encoder_;
  }

  const std::string model_;
  const EncoderOptions options_;
  mutable std::mutex mutex_;
  mutable std::optional<ModelIdentity> identity_;
  std::optional<Encoder> encoder_;
};

}  // namespace

std::unique_ptr<QueryEncoder> open_query_encoder(const ModelStamp& index_model, const std::string& model,
                                                 EncoderOptions options) {
  options.normalize = true;
  if (options.precision == "auto") options.precision = index_model.precision;  // as its pictures were encoded
  return std::make_unique<OwnEncoder>(model.empty() ? index_model.path : model, std::move(options));
}

Image decode_query_picture(const ModelStamp& index_model, std::span<const std::byte> bytes, std::string_view name,
                           std::int64_t max_pixels) {
  DecodeOptions options;
  options.max_pixels = max_pixels;
  options.apply_orientation = index_model.oriented;
  options.fast = index_model.fast_decode;
  options.target_size = std::max(static_cast<int>(index_model.image_size), kThumbnailSide);
  return decode_image(bytes, name, options);
}

}  // namespace cnclip::search
