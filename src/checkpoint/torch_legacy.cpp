// torch.save before 1.6: magic number, protocol, system, the value, the storages' keys — five pickles — and then every
// storage as its number of elements and its bytes.
#include <cstring>

#include "base/error.h"
#include "checkpoint/torch_tensors.h"

namespace cnclip {

TensorFile read_torch_legacy(const std::shared_ptr<const MappedFile>& file) {
  const std::string path = file->path().string();
  const std::string_view bytes(reinterpret_cast<const char*>(file->bytes().data()), file->size());
  std::size_t at = 0;
  const auto next = [&] {
    Pickle pickle = read_pickle(bytes.substr(at), path);
    at += pickle.size;
    return pickle;
  };
  const Pickle magic = next();
  const auto* number = std::get_if<std::int64_t>(&magic.root->data);
  if (number == nullptr || static_cast<std::uint64_t>(*number) != 0xa86a20f9469cfc6cu) {
    throw_bad_input("{}: is a pickle, but no torch checkpoint: its magic number is missing", path);
  }
  next();  // protocol version
  next();  // system
  const Pickle value = next();
  const Pickle keys = next();
  const auto* list = std::get_if<PickleList>(&keys.root->data);
  if (list == nullptr) throw_bad_input("{}: the list of storages is missing", path);

  // Element sizes are told by the tensors; the storages follow in the order of their keys.
  std::map<std::string, DType> types;
  for (const auto& made : value.values) {
    if (const auto* storage = std::get_if<PickleStorage>(&made->data)) types[storage->key] = storage->dtype;
  }
  struct Place {
    std::size_t offset, bytes;
  };
  std::map<std::string, Place> places;
  for (const PickleRef item : list->items) {
    const auto* key = std::get_if<std::string>(&item->data);
    if (key == nullptr || !types.contains(*key)) throw_bad_input("{}: a storage that no tensor uses", path);
    if (file->size() - at < 8) throw_bad_input("{}: cut short before storage {}", path, *key);
    std::int64_t count = 0;
    std::memcpy(&count, bytes.data() + at, 8);
    at += 8;
    const std::size_t size = byte_count(types[*key], {count});
    if (size > file->size() - at) throw_bad_input("{}: cut short inside storage {}", path, *key);
    places[*key] = {at, size};
    at += size;
  }
  const StorageBytes storage = [file, places, path](const PickleStorage& wanted) {
    const auto place = places.find(wanted.key);
    const std::size_t size = byte_count(wanted.dtype, {wanted.size});
    if (place == places.end() || place->second.bytes < size) throw_bad_input("{}: storage {} is missing or short", path, wanted.key);
    return file->slice(place->second.offset, size);
  };
  TensorFile result;
  result.kind = "torch legacy";
  collect_tensors(*value.root, storage, path, result);
  return result;
}

}  // namespace cnclip
