#include "checkpoint/torch_tensors.h"

#include <algorithm>
#include <cstring>
#include <optional>

#include "base/error.h"

namespace cnclip {
namespace {

constexpr int kMaxDepth = 64;

Shape contiguous_strides(const Shape& shape) {
  Shape strides(shape.size(), 1);
  for (std::size_t i = shape.size(); i-- > 1;) strides[i - 1] = strides[i] * std::max<std::int64_t>(shape[i], 1);
  return strides;
}

bool is_contiguous(const PickleTensor& tensor) {
  const Shape wanted = contiguous_strides(tensor.shape);
  for (std::size_t i = 0; i < wanted.size(); ++i) {
    if (tensor.shape[i] > 1 && tensor.strides[i] != wanted[i]) return false;
  }
  return true;
}

Tensor gather(const PickleTensor& tensor, const std::byte* data) {
  Tensor out = Tensor::allocate(tensor.storage.dtype, tensor.shape);
  const std::size_t item = size_of(tensor.storage.dtype);
  std::byte* to = out.mutable_data<std::byte>().data();
  Shape place(tensor.shape.size(), 0);
  for (std::int64_t i = 0; i < out.size(); ++i, to += item) {
    std::int64_t from = tensor.offset;
    for (std::size_t d = 0; d < place.size(); ++d) from += place[d] * tensor.strides[d];
    std::memcpy(to, data + static_cast<std::size_t>(from) * item, item);
    for (std::size_t d = place.size(); d-- > 0;) {
      if (++place[d] < tensor.shape[d]) break;
      place[d] = 0;
    }
  }
  return out;
}

class Collector {
 public:
  Collector(const StorageBytes& storage, const std::string& path, TensorFile& file)
      : storage_(storage), path_(path), file_(file) {}

  void visit(const PickleValue& value, const std::string& name, int depth, bool in_list) {
    if (depth > kMaxDepth) throw_bad_input("{}: {}: nested too deeply", path_, name);
    const auto below = [&](const std::string& key) { return name.empty() ? key : name + "." + key; };
    if (const auto* tensor = std::get_if<PickleTensor>(&value.data)) {
      add(*tensor, name.empty() ? "tensor" : name);
    } else if (const auto* dict = std::get_if<PickleDict>(&value.data)) {
      for (const auto& [key, item] : dict->items) {
        if (const auto text = key_of(*key)) visit(*item, below(*text), depth + 1, in_list);
      }
    } else if (const auto* object = std::get_if<PickleObject>(&value.data)) {
      if (object->state != nullptr) visit(*object->state, name, depth + 1, in_list);
    } else if (const auto* list = std::get_if<PickleList>(&value.data)) {
      visit_items(list->items, below, depth);
    } else if (const auto* tuple = std::get_if<PickleTuple>(&value.data)) {
      visit_items(tuple->items, below, depth);
    } else if (!in_list && !name.empty()) {
      if (const auto* text = std::get_if<std::string>(&value.data)) file_.metadata[name] = *text;
      if (const auto* number = std::get_if<std::int64_t>(&value.data)) file_.metadata[name] = fmt::to_string(*number);
      if (const auto* real = std::get_if<double>(&value.data)) file_.metadata[name] = fmt::to_string(*real);
    }
  }

 private:
  static std::optional<std::string> key_of(const PickleValue& key) {
    if (const auto* text = std::get_if<std::string>(&key.data)) return *text;
    if (const auto* number = std::get_if<std::int64_t>(&key.data)) return fmt::to_string(*number);
    return {};
  }
  template <class Below>
  void visit_items(const std::vector<PickleRef>& items, const Below& below, int depth) {
    for (std::size_t i = 0; i < items.size(); ++i) visit(*items[i], below(fmt::to_string(i)), depth + 1, true);
  }
  void add(const PickleTensor& tensor, const std::string& name) {
    if (file_.tensors.contains(name)) throw_bad_input("{}: two tensors are named {}", path_, name);
    if (file_.tensors.size() > 1'000'000) throw_bad_input("{}: over a million tensors", path_);
    storage_(tensor.storage);  // a missing or lying storage is an error now, not at first use
    file_.tensors.set(name, LazyTensor(tensor.storage.dtype, tensor.shape, [tensor, storage = storage_] {
                        const auto data = storage(tensor.storage);
                        if (!is_contiguous(tensor)) return gather(tensor, data.get());
                        const auto offset = static_cast<std::size_t>(tensor.offset) * size_of(tensor.storage.dtype);
                        return Tensor(tensor.storage.dtype, tensor.shape, {data, data.get() + offset});
                      }));
  }

  const StorageBytes& storage_;
  const std::string& path_;
  TensorFile& file_;
};

}  // namespace

void collect_tensors(const PickleValue& root, const StorageBytes& storage, const std::string& path, TensorFile& file) {
  Collector(storage, path, file).visit(root, "", 0, false);
}

}  // namespace cnclip
