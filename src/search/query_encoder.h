// Texts and pictures of queries to vectors.
#pragma once

#include <memory>
#include <span>

#include "cnclip/encoder.h"
#include "search/library/picture.h"

namespace cnclip::search {

struct QueryTexts {
  FeatureMatrix features;       // of unit length
  std::vector<bool> truncated;  // for each text
};

// Any number of threads may call it. A server that gathers the texts of many requests has one of its own.
class QueryEncoder {
 public:
  virtual ~QueryEncoder() = default;
  // Of the model that is asked.
  virtual std::string fingerprint() const = 0;
  virtual std::string name() const = 0;  // for messages: its path
  virtual QueryTexts encode_texts(std::span<const std::string> texts) = 0;
  virtual FeatureMatrix encode_pictures(std::span<const Image> pictures) = 0;
};

// An Encoder that takes one call at a time, opened when it is first needed. `model`: a path or a name; empty: the one
// that the index was made by. The precision "auto" is that of the index.
std::unique_ptr<QueryEncoder> open_query_encoder(const ModelStamp& index_model, const std::string& model,
                                                 EncoderOptions options);

// A picture to ask with, decoded as those of the index were. Throws bad_input.
Image decode_query_picture(const ModelStamp& index_model, std::span<const std::byte> bytes, std::string_view name,
                           std::int64_t max_pixels = DecodeOptions{}.max_pixels);

}  // namespace cnclip::search
