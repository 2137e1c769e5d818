// Bodies of the endpoints that need no index (read_body), checked.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "serve/inputs.h"

namespace cnclip::serve {

struct EmbeddingsRequest {
  std::vector<Input> inputs;
  std::string model;  // empty: whichever is there
  bool base64 = false;
  std::optional<std::int64_t> dimensions;  // the first so many, made of unit length again
};

struct SimilarityRequest {
  std::vector<Input> left, right;  // together within limits.items
  std::string model;
};

struct ClassifyRequest {
  Input picture;
  std::vector<Input> labels;
  std::vector<std::string> templates;  // "{}" is where the label goes; {"{}"}: the label alone
  std::string model;
};

// `width` of the features. All throw ApiError.
EmbeddingsRequest parse_embeddings(const Json& body, std::int64_t width, const Limits& limits);
SimilarityRequest parse_similarity(const Json& body, const Limits& limits);
ClassifyRequest parse_classify(const Json& body, const Limits& limits);

}  // namespace cnclip::serve
