// What is left of a data set, as tar shards.
#pragma once

#include <vector>

#include "data/dataset.h"

namespace cnclip::clean {

// Into `folder`, as convert_dataset does it: the pictures of `dataset` for which `kept` holds, and the captions of the
// official file `texts`. A run that was interrupted goes on: `folder` must be of the same source and rules.
void write_shards(const Dataset& dataset, const std::vector<bool>& kept, const std::filesystem::path& texts,
                  const std::string& split, const std::filesystem::path& folder);

}  // namespace cnclip::clean
