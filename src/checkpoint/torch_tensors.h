// From the value that a torch pickle holds to named tensors.
#pragma once

#include <functional>

#include "checkpoint/pickle.h"
#include "checkpoint/tensor_file.h"

namespace cnclip {

// Where a storage lies in the file.
struct StoragePlace {
  std::size_t offset = 0, bytes = 0;
};
// Throws bad_input when the file has no storage of that key.
using FindStorage = std::function<StoragePlace(const std::string& key)>;

// Adds every tensor under `root` to result.tensors, and plain values that are not inside lists to result.metadata.
void collect_tensors(const PickleValue& root, const std::shared_ptr<const MappedFile>& file, const FindStorage& find,
                     TensorFile& result);

}  // namespace cnclip
