// The file that the official script writes for ELEVATER's server.
#pragma once

#include <filesystem>
#include <vector>

#include "base/tensor.h"
#include "model/config.h"

namespace cnclip::classification {

// The path of it in `folder`: <dataset>.json. Throws usage for a name that would lead elsewhere.
std::filesystem::path submission_path(const std::filesystem::path& folder, const std::string& dataset);

// The official keys and spelling, to the byte: Python's json.dumps, floats rounded to six decimals. `probabilities` are
// (images, classes); `order` names the row that stands k-th, empty: as they are.
void write_submission(const std::filesystem::path& file, const std::string& dataset, const ModelConfig& config,
                      const Tensor& probabilities, const std::vector<std::size_t>& order);

}  // namespace cnclip::classification
