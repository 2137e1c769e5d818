// torch.save's zip container and TorchScript archives: <root>/data.pkl and <root>/data/<key>.
#include "base/error.h"
#include "checkpoint/torch_tensors.h"
#include "checkpoint/zip.h"

namespace cnclip {

TensorFile read_torch_zip(const std::shared_ptr<const MappedFile>& file) {
  const std::string path = file->path().string();
  const auto entries = read_zip_directory(*file);
  std::string root;
  const ZipEntry* pickle_entry = nullptr;
  for (const auto& [name, entry] : entries) {
    if (name != "data.pkl" && !name.ends_with("/data.pkl")) continue;
    if (pickle_entry != nullptr) throw_bad_input("{}: zip: two entries are named data.pkl", path);
    root = name.substr(0, name.size() - 8);
    pickle_entry = &entry;
  }
  if (pickle_entry == nullptr) throw_bad_input("{}: is a zip file, but no torch checkpoint: it has no data.pkl", path);
  if (const auto order = entries.find(root + "byteorder"); order != entries.end()) {
    const auto bytes = file->slice(order->second.offset, order->second.size);
    if (std::string_view(reinterpret_cast<const char*>(bytes.get()), order->second.size) != "little") {
      throw_bad_input("{}: was written on a big-endian machine", path);
    }
  }
  TensorFile result;
  result.kind = entries.contains(root + "constants.pkl") ? "torchscript" : "torch zip";
  const std::string_view bytes(reinterpret_cast<const char*>(file->bytes().data()) + pickle_entry->offset, pickle_entry->size);
  const Pickle pickle = read_pickle(bytes, path);
  const StorageBytes storage = [file, entries, root, path](const PickleStorage& wanted) {
    const auto entry = entries.find(root + "data/" + wanted.key);
    if (entry == entries.end()) throw_bad_input("{}: storage data/{} is missing", path, wanted.key);
    const std::size_t size = byte_count(wanted.dtype, {wanted.size});
    if (entry->second.size < size) {
      throw_bad_input("{}: storage data/{} has {} bytes, {} are needed", path, wanted.key, entry->second.size, size);
    }
    return file->slice(entry->second.offset, size);
  };
  collect_tensors(*pickle.root, storage, path, result);
  return result;
}

}  // namespace cnclip
