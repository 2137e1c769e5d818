#include "encode/model_identity.h"

#include <algorithm>
#include <filesystem>

#include "base/error.h"
#include "base/file.h"
#include "base/home.h"
#include "base/sha256.h"
#include "checkpoint/load.h"
#include "encode/model_store.h"

namespace cnclip {
namespace {

namespace fs = std::filesystem;

void add(Sha256& digest, const std::string& text) {
  digest.update(std::as_bytes(std::span(text)));
}

// By name, so that the order of tensors in the file does not matter.
std::string digest_of(const Checkpoint& checkpoint) {
  std::vector<std::string> names;
  for (const auto& [name, tensor] : checkpoint.weights) names.push_back(name);
  std::sort(names.begin(), names.end());
  ModelConfig config = checkpoint.config;
  // What it is called, and what counts in training only, is no part of what it computes.
  config.name.clear();
  config.text.dropout = BertConfig().dropout;
  config.text.initializer_range = BertConfig().initializer_range;
  Sha256 digest;
  add(digest, to_json(config));
  for (const std::string& name : names) {
    const Tensor tensor = checkpoint.weights.at(name).load();
    add(digest, fmt::format("\n{} {} {}\n", name, name_of(tensor.dtype()), to_string(tensor.shape())));
    digest.update(tensor.bytes());
  }
  return digest.hex();
}

bool is_digest(const std::string& text) {
  return text.size() == 64 && text.find_first_not_of("0123456789abcdef") == std::string::npos;
}

}  // namespace

ModelIdentity model_identity(const std::string& model) {
  const fs::path file = resolve_model(model);
  const Checkpoint checkpoint = load_checkpoint(file);
  ModelIdentity identity{
      fs::exists(model) ? fs::absolute(file).lexically_normal().string() : model, checkpoint.config.name, {}};
  const fs::path known = home_folder() / "fingerprints" / checkpoint.fingerprint;
  if (fs::exists(known)) identity.fingerprint = read_file(known, 64);
  if (is_digest(identity.fingerprint)) return identity;
  identity.fingerprint = digest_of(checkpoint);
  try {
    fs::create_directories(known.parent_path());
    write_file(known, identity.fingerprint);
  } catch (const std::exception&) {  // a home that cannot be written only costs time
  }
  return identity;
}

}  // namespace cnclip
