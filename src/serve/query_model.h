// The server's model as the Searcher's encoder: queries of many requests go through the one queue.
#pragma once

#include <string>

#include "search/query_encoder.h"
#include "serve/model.h"

namespace cnclip::serve {

class QueryModel final : public search::QueryEncoder {
 public:
  QueryModel(Model& model, std::string fingerprint, Milliseconds time)
      : model_(model), fingerprint_(std::move(fingerprint)), time_(time) {}

  std::string fingerprint() const override { return fingerprint_; }
  std::string name() const override { return model_.name(); }
  search::QueryTexts encode_texts(std::span<const std::string> texts) override;
  FeatureMatrix encode_pictures(std::span<const Image> pictures) override;

 private:
  Model& model_;
  const std::string fingerprint_;
  const Milliseconds time_;
};

}  // namespace cnclip::serve
