// Files that hold tensors, whatever their container. Nothing in a file is ever executed.
#pragma once

#include <filesystem>
#include <map>
#include <memory>
#include <string>

#include "base/file.h"
#include "base/tensor.h"

namespace cnclip {

struct TensorFile {
  // In file order; names of nested dictionaries and lists are joined by dots, a bare tensor is called "tensor".
  // Tensors are views into the mapped file, read when they are loaded.
  TensorMap tensors;
  std::string kind;                             // "safetensors", "torch zip", "torch legacy", "torchscript"
  std::map<std::string, std::string> metadata;  // plain values: epoch, step, name, safetensors' own metadata
  std::vector<std::filesystem::path> files;     // that the tensors lie in
};

// The container is told by the bytes. Throws bad_input, naming the file and what it is, when it holds no tensors that
// can be read. `*.index.json` stands for the shards it names.
TensorFile read_tensor_file(const std::filesystem::path& path);

// One container each; `file` has been recognised by its first bytes. They may find no tensors at all.
TensorFile read_safetensors(const std::shared_ptr<const MappedFile>& file);
TensorFile read_torch_zip(const std::shared_ptr<const MappedFile>& file);
TensorFile read_torch_legacy(const std::shared_ptr<const MappedFile>& file);

}  // namespace cnclip
