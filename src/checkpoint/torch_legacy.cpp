// torch.save before 1.6: magic number, protocol, system, the value, the storages' keys — five pickles — and then every
// storage as its number of elements and its bytes.
#include <cstring>

#include "base/error.h"
#include "checkpoint/torch_tensors.h"

namespace cnclip {
namespace {

constexpr std::string_view kMagic = "\x6c\xfc\x9c\x46\xf9\x20\x6a\xa8\x50\x19";  // 0x1950a86a20f9469cfc6c

// Where each storage of `keys` lies; the first of them begins at `at`. Their element sizes are told by the tensors.
std::map<std::string, StoragePlace> storages(const Pickle& value, const Pickle& keys, const MappedFile& file,
                                             std::size_t at) {
  const std::string path = file.path().string();
  std::map<std::string, DType> types;
  for (const PickleValue& made : value.values) {
    if (const auto* storage = std::get_if<PickleStorage>(&made.data)) types[storage->key] = storage->dtype;
  }
  const auto* list = std::get_if<PickleList>(&keys.root->data);
  if (list == nullptr) throw_bad_input("{}: the list of storages is missing", path);
  std::map<std::string, StoragePlace> places;
  for (const PickleRef item : list->items) {
    const auto* key = std::get_if<std::string>(&item->data);
    if (key == nullptr || !types.contains(*key)) throw_bad_input("{}: a storage that no tensor uses", path);
    if (file.size() - at < 8) throw_bad_input("{}: cut short before storage {}", path, *key);
    std::int64_t count = 0;
    std::memcpy(&count, file.bytes().data() + at, 8);
    at += 8;
    const std::size_t item_size = size_of(types[*key]);
    if (count < 0 || static_cast<std::size_t>(count) > (file.size() - at) / item_size) {
      throw_bad_input("{}: cut short inside storage {} of {} elements", path, *key, count);
    }
    const std::size_t size = static_cast<std::size_t>(count) * item_size;
    if (!places.emplace(*key, StoragePlace{at, size}).second) throw_bad_input("{}: storage {} comes twice", path, *key);
    at += size;
  }
  return places;
}

}  // namespace

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
  const auto* number = std::get_if<PickleLong>(&magic.root->data);
  if (number == nullptr || number->digits != kMagic) {
    throw_bad_input("{}: is a pickle of plain data, but no torch checkpoint: it holds no tensors", path);
  }
  next();  // protocol version
  next();  // system
  const Pickle value = next();
  const Pickle keys = next();
  const auto places = storages(value, keys, *file, at);
  const auto find = [&](const std::string& key) {
    const auto place = places.find(key);
    if (place == places.end()) throw_bad_input("{}: storage {} is missing", path, key);
    return place->second;
  };
  TensorFile result;
  result.kind = "torch legacy";
  collect_tensors(*value.root, file, find, result);
  return result;
}

}  // namespace cnclip
