// The official .pt: a dictionary of epoch, step, name and state_dict, in torch.save's zip container.
#pragma once

#include <filesystem>
#include <map>
#include <string>

#include "base/tensor.h"

namespace cnclip {

// Loads and writes one tensor after the other. Of `metadata`, epoch, step, name and cnclip.config are written.
void write_torch_zip(const std::filesystem::path& path, const TensorMap& state_dict,
                     const std::map<std::string, std::string>& metadata);

}  // namespace cnclip
