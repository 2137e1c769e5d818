// From the value that a torch pickle holds to named tensors.
#pragma once

#include <functional>

#include "checkpoint/pickle.h"
#include "checkpoint/tensor_file.h"

namespace cnclip {

// The bytes of a storage, or an error.
using StorageBytes = std::function<std::shared_ptr<const std::byte>(const PickleStorage&)>;

// Adds every tensor under `root` to file.tensors, and plain values that are not inside lists to file.metadata.
void collect_tensors(const PickleValue& root, const StorageBytes& storage, const std::string& path, TensorFile& file);

}  // namespace cnclip
