#include "checkpoint/content_digest.h"

#include <fmt/format.h>

#include <map>

#include "base/sha256.h"

namespace cnclip {

std::string content_digest(const TensorMap& weights) {
  std::map<std::string_view, const LazyTensor*> sorted;
  for (const auto& [name, tensor] : weights) sorted[name] = &tensor;
  Sha256 sha;
  for (const auto& [name, tensor] : sorted) {
    const std::string head = fmt::format("{}\n{}\n", name, to_string(tensor->shape));
    sha.update(std::as_bytes(std::span(head)));
    sha.update(tensor->load().to(DType::f32).bytes());
  }
  return sha.hex();
}

std::string model_fingerprint(const Checkpoint& checkpoint) {
  ModelConfig config = checkpoint.config;
  config.name.clear();  // what it is called is no part of what it computes
  const std::string all = to_json(config) + "\n" + content_digest(checkpoint.weights);
  return sha256_hex(std::as_bytes(std::span(all)));
}

}  // namespace cnclip
