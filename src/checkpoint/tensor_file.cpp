#include "checkpoint/tensor_file.h"

#include <nlohmann/json.hpp>

#include "base/error.h"
#include "base/lfs.h"
#include "checkpoint/foreign.h"

namespace cnclip {
namespace {

namespace fs = std::filesystem;

TensorFile read_by_content(const fs::path& name) {
  const auto file = MappedFile::open(name);
  const std::string path = name.string();
  if (name.filename().string().find(".ckpt.data-") !=
      std::string::npos) {  // bare numbers, with nothing to know them by
    throw_bad_input("{}: is part of a TensorFlow checkpoint: weights in PyTorch's format are needed", path);
  }
  const std::string_view bytes(reinterpret_cast<const char*>(file->bytes().data()), file->size());
  // A safetensors header begins right after its length, whose high bytes are zero.
  const bool safetensors = bytes.size() > 8 && bytes[8] == '{' && bytes.substr(5, 3) == std::string_view("\0\0\0", 3);
  if (const std::string foreign = safetensors ? "" : foreign_kind(bytes); !foreign.empty()) {
    throw_bad_input("{}: {}", path, foreign);
  }
  TensorFile result;
  if (bytes.starts_with("PK\x03\x04")) {
    result = read_torch_zip(file);
  } else if (safetensors) {
    result = read_safetensors(file);
  } else if (bytes.size() > 2 && bytes[0] == '\x80' && static_cast<unsigned char>(bytes[1]) <= 5) {
    result = read_torch_legacy(file);
  } else {
    throw_bad_input("{}: is no checkpoint: neither a torch file nor safetensors ({} bytes)", path, bytes.size());
  }
  if (result.tensors.empty()) throw_bad_input("{}: holds no tensors", path);
  result.files = {name};
  return result;
}

TensorFile read_sharded(const fs::path& index) {
  const std::string path = index.string();
  const std::string text = read_file(index, std::size_t{64} << 20);
  const auto json = nlohmann::json::parse(text, nullptr, false);
  if (is_lfs_pointer(text)) throw_bad_input("{}: {}", path, kIsLfsPointer);
  if (!json.is_object() || !json.contains("weight_map") || !json["weight_map"].is_object()) {
    throw_bad_input("{}: is not an index of shards: it has no weight_map", path);
  }
  std::map<std::string, TensorFile> shards;
  for (const auto& [name, shard] : json["weight_map"].items()) {
    if (!shard.is_string()) throw_bad_input("{}: the shard of {} is not a name", path, name);
    const auto& file = shard.get_ref<const std::string&>();
    if (file.empty() || file == ".." || file == "." ||
        file.find_first_of(std::string_view("/\\\0", 3)) != std::string::npos) {
      throw_bad_input("{}: the shard of {} is {}, not a file beside the index", path, name, shard.dump());
    }
    if (!shards.contains(file)) shards.emplace(file, read_by_content(index.parent_path() / file));
    if (!shards.at(file).tensors.contains(name)) throw_bad_input("{}: tensor {} is not in {}", path, name, file);
  }
  TensorFile all;
  for (const auto& [file, part] : shards) {
    for (const auto& [name, tensor] : part.tensors) {
      const auto owner = json["weight_map"].find(name);
      if (owner != json["weight_map"].end() && *owner == file) all.tensors.set(name, tensor);
    }
    all.kind = part.kind + ", sharded";
    all.metadata.insert(part.metadata.begin(), part.metadata.end());
    all.files.push_back(index.parent_path() / file);
  }
  if (all.tensors.empty()) throw_bad_input("{}: holds no tensors", path);
  return all;
}

}  // namespace

TensorFile read_tensor_file(const fs::path& path) {
  return path.string().ends_with(".index.json") ? read_sharded(path) : read_by_content(path);
}

}  // namespace cnclip
