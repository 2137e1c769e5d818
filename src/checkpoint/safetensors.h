// safetensors: 8 bytes of header length, a JSON header, the tensors' bytes (format of the safetensors project).
#pragma once

#include "checkpoint/tensor_file.h"

namespace cnclip {

// Loads and writes one tensor after the other. Throws bad_input naming `path` when it cannot be written.
void write_safetensors(const std::filesystem::path& path, const TensorMap& tensors,
                       const std::map<std::string, std::string>& metadata);

}  // namespace cnclip
