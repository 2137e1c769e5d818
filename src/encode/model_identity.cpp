#include "encode/model_identity.h"

#include <filesystem>

#include "base/error.h"
#include "base/file.h"
#include "base/home.h"
#include "checkpoint/content_digest.h"
#include "encode/model_store.h"

namespace cnclip {
namespace {

namespace fs = std::filesystem;

bool is_digest(const std::string& text) {
  return text.size() == 64 && text.find_first_not_of("0123456789abcdef") == std::string::npos;
}

}  // namespace

std::string remembered_fingerprint(const Checkpoint& checkpoint) {
  const fs::path known = home_folder() / "fingerprints" / checkpoint.fingerprint;
  std::string fingerprint;
  if (fs::exists(known)) fingerprint = read_file(known, 64);
  if (is_digest(fingerprint)) return fingerprint;
  fingerprint = model_fingerprint(checkpoint);
  try {
    fs::create_directories(known.parent_path());
    write_file(known, fingerprint);
  } catch (const std::exception&) {  // a home that cannot be written only costs time
  }
  return fingerprint;
}

ModelIdentity model_identity(const std::string& model) {
  const fs::path file = resolve_model(model);
  const Checkpoint checkpoint = load_checkpoint(file);
  return {fs::exists(model) ? fs::absolute(file).lexically_normal().string() : model, checkpoint.config.name,
          remembered_fingerprint(checkpoint)};
}

}  // namespace cnclip
