// Which model is this? Two files with equal weights are the same model; what features are kept for long is kept under
// this.
#pragma once

#include <string>

#include "checkpoint/load.h"

namespace cnclip {

struct ModelIdentity {
  std::string path;         // as it can be opened from anywhere: absolute, or the name in the model store
  std::string name;         // of the architecture
  std::string fingerprint;  // model_fingerprint of the checkpoint
};

// model_fingerprint of a checkpoint that was loaded from a file. Reads all of it once (a second a gigabyte), and then
// remembers it under $CNCLIP_HOME/fingerprints for as long as the file stays what it is.
std::string remembered_fingerprint(const Checkpoint& checkpoint);

ModelIdentity model_identity(const std::string& model);

}  // namespace cnclip
