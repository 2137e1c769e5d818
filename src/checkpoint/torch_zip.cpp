// torch.save's zip container and TorchScript archives: <root>/data.pkl and <root>/data/<key>.
#include <algorithm>

#include "base/error.h"
#include "checkpoint/torch_tensors.h"
#include "checkpoint/zip.h"

namespace cnclip {
namespace {

// Of "<root>/data.pkl": the root with its slash.
std::string root_of(const std::map<std::string, ZipEntry>& entries, const std::string& path) {
  std::string root;
  bool found = false;
  for (const auto& [name, entry] : entries) {
    if (name != "data.pkl" && !name.ends_with("/data.pkl")) continue;
    if (found) throw_bad_input("{}: zip: two entries are named data.pkl", path);
    root = name.substr(0, name.size() - 8);
    found = true;
  }
  if (found) return root;
  const bool numpy = !entries.empty() && std::all_of(entries.begin(), entries.end(),
                                                     [](const auto& entry) { return entry.first.ends_with(".npy"); });
  if (numpy) throw_bad_input("{}: is an archive of NumPy arrays, not a checkpoint", path);
  throw_bad_input("{}: is a zip file, but no torch checkpoint: it holds {} entries ({}, …) and no data.pkl", path,
                  entries.size(), entries.empty() ? "" : entries.begin()->first);
}

void check_stored(const std::string& name, const ZipEntry& entry, const std::string& path) {
  if (entry.stored) return;
  throw_bad_input("{}: zip: entry {} is compressed, which torch.save never does: pack it anew without compression",
                  path, name);
}

}  // namespace

TensorFile read_torch_zip(const std::shared_ptr<const MappedFile>& file) {
  const std::string path = file->path().string();
  const auto entries = read_zip_directory(*file);
  const std::string root = root_of(entries, path);
  const auto content = [&](const std::string& name, const ZipEntry& entry) {
    check_stored(name, entry, path);
    return std::string_view(reinterpret_cast<const char*>(file->bytes().data()) + entry.offset, entry.size);
  };
  if (const auto order = entries.find(root + "byteorder"); order != entries.end()) {
    if (content(order->first, order->second) != "little") {
      throw_bad_input("{}: was written on a big-endian machine", path);
    }
  }
  TensorFile result;
  result.kind = entries.contains(root + "constants.pkl") ? "torchscript" : "torch zip";
  const auto pickled = entries.find(root + "data.pkl");
  const Pickle pickle = read_pickle(content(pickled->first, pickled->second), path);
  const auto find = [&](const std::string& key) -> StoragePlace {
    const auto entry = entries.find(root + "data/" + key);
    if (entry == entries.end()) throw_bad_input("{}: storage data/{} is missing", path, key);
    check_stored(entry->first, entry->second, path);
    return {entry->second.offset, entry->second.size};
  };
  collect_tensors(*pickle.root, file, find, result);
  return result;
}

}  // namespace cnclip
