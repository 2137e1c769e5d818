#include "checkpoint/tensor_file.h"

#include <cstring>
#include <nlohmann/json.hpp>
#include <set>

#include "base/error.h"

namespace cnclip {
namespace {

namespace fs = std::filesystem;

struct Foreign {
  std::string_view magic;
  std::string_view what;
  std::size_t offset = 0;
};

constexpr Foreign kForeign[] = {
    {"version https://git-lfs", "is a Git LFS pointer, not the file it stands for: run `git lfs pull`"},
    {"<!DOCTYPE", "is a web page, not a checkpoint (a failed download?)"},
    {"<html", "is a web page, not a checkpoint (a failed download?)"},
    {"\x93NUMPY", "is a NumPy array, not a checkpoint"},
    {"\x89HDF\r\n", "is an HDF5 file, not a checkpoint"},
    {"GGUF", "is a GGUF file; convert the original checkpoint instead"},
    {"\x1f\x8b", "is compressed by gzip: unpack it first"},
    {"BZh", "is compressed by bzip2: unpack it first"},
    {"7z\xbc\xaf", "is a 7z archive: unpack it first"},
    {"ustar", "is a tar archive (torch before 0.2 saved such): load it in an old torch and save it again", 257},
};

TensorFile read_sharded(const fs::path& index) {
  const std::string path = index.string();
  const auto json = nlohmann::json::parse(read_file(index, std::size_t{64} << 20), nullptr, false);
  if (!json.is_object() || !json.contains("weight_map") || !json["weight_map"].is_object()) {
    throw_bad_input("{}: is JSON without a weight_map, not an index of shards", path);
  }
  std::set<std::string> shards;
  for (const auto& [name, shard] : json["weight_map"].items()) {
    if (!shard.is_string()) throw_bad_input("{}: the shard of {} is not a name", path, name);
    const std::string file = shard.get<std::string>();
    if (file.empty() || file == ".." || file == "." || file.find_first_of("/\\") != std::string::npos) {
      throw_bad_input("{}: the shard of {} is \"{}\", not a file beside the index", path, name, file);
    }
    shards.insert(file);
  }
  TensorFile all;
  for (const std::string& shard : shards) {
    TensorFile part = read_tensor_file(index.parent_path() / shard);
    for (const auto& [name, tensor] : part.tensors) all.tensors.set(name, tensor);
    all.kind = part.kind + ", sharded";
  }
  for (const auto& [name, shard] : json["weight_map"].items()) {
    if (!all.tensors.contains(name)) throw_bad_input("{}: tensor {} is in none of the shards", path, name);
  }
  return all;
}

TensorFile read_by_content(const std::shared_ptr<const MappedFile>& file) {
  const std::string path = file->path().string();
  const std::string_view bytes(reinterpret_cast<const char*>(file->bytes().data()), file->size());
  if (bytes.empty()) throw_bad_input("{}: is empty", path);
  for (const Foreign& foreign : kForeign) {
    if (bytes.size() > foreign.offset && bytes.substr(foreign.offset).starts_with(foreign.magic)) {
      throw_bad_input("{}: {}", path, foreign.what);
    }
  }
  if (bytes.starts_with("PK\x03\x04")) return read_torch_zip(file);
  // A safetensors header begins right after its length.
  if (bytes.size() > 8 && bytes[8] == '{') return read_safetensors(file);
  if (bytes.size() > 2 && bytes[0] == '\x80' && bytes[1] <= 5) return read_torch_legacy(file);
  throw_bad_input("{}: is no checkpoint: neither a torch file nor safetensors ({} bytes)", path, bytes.size());
}

}  // namespace

TensorFile read_tensor_file(const fs::path& path) {
  if (path.string().ends_with(".index.json")) return read_sharded(path);
  TensorFile file = read_by_content(MappedFile::open(path));
  if (file.tensors.empty()) throw_bad_input("{}: holds no tensors", path.string());
  return file;
}

}  // namespace cnclip
