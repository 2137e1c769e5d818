#include "checkpoint/torch_tensors.h"

#include <algorithm>
#include <cstring>
#include <optional>

#include "base/error.h"
#include "checkpoint/mapped_tensor.h"

namespace cnclip {
namespace {

// The values form a graph, so a few bytes can stand for endless walks and endless names.
constexpr int kMaxDepth = 64;
constexpr std::size_t kMaxVisits = std::size_t{1} << 21;
constexpr std::size_t kMaxName = 4096;
constexpr std::size_t kMaxNames = std::size_t{64} << 20;  // bytes of all names and plain values together

// The bytes of a tensor: a span of the file, with element strides where it is not contiguous.
struct Extent {
  DType type;
  Shape shape, strides;
  std::size_t offset;
};

bool is_contiguous(const Shape& shape, const Shape& strides) {
  if (std::find(shape.begin(), shape.end(), 0) != shape.end()) return true;
  std::int64_t expected = 1;
  for (std::size_t i = shape.size(); i-- > 0;) {
    if (shape[i] > 1 && strides[i] != expected) return false;
    expected *= shape[i];
  }
  return true;
}

Tensor gather(const MappedFile& file, const Extent& extent) {
  const std::size_t item = size_of(extent.type);
  std::size_t last = 0;
  for (std::size_t d = 0; d < extent.shape.size(); ++d) {
    last += static_cast<std::size_t>((extent.shape[d] - 1) * extent.strides[d]);
  }
  const auto data = file.slice(extent.offset, (last + 1) * item);
  Tensor out = Tensor::allocate(extent.type, extent.shape);
  std::byte* to = out.mutable_data<std::byte>().data();
  Shape place(extent.shape.size(), 0);
  std::int64_t from = 0;
  for (std::int64_t i = 0; i < out.size(); ++i, to += item) {
    std::memcpy(to, data.get() + static_cast<std::size_t>(from) * item, item);
    for (std::size_t d = place.size(); d-- > 0;) {
      from += extent.strides[d];
      if (++place[d] < extent.shape[d]) break;
      from -= extent.strides[d] * extent.shape[d];
      place[d] = 0;
    }
  }
  return out;
}

class Collector {
 public:
  Collector(const std::shared_ptr<const MappedFile>& file, const FindStorage& find, TensorFile& result)
      : file_(file), find_(find), result_(result) {}

  void visit(const PickleValue& value, const std::string& name, int depth, bool in_list) {
    if (depth > kMaxDepth || name.size() > kMaxName) fail("values nested too deeply, at " + name.substr(0, 80));
    if (++visits_ > kMaxVisits) fail("too many values");
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
      if (const auto* text = std::get_if<std::string>(&value.data)) add_plain(name, *text);
      if (const auto* number = std::get_if<std::int64_t>(&value.data)) add_plain(name, fmt::to_string(*number));
      if (const auto* real = std::get_if<double>(&value.data)) add_plain(name, fmt::to_string(*real));
    }
  }

 private:
  [[noreturn]] void fail(const std::string& why) const { throw_bad_input("{}: {}", file_->path().string(), why); }

  static std::optional<std::string> key_of(const PickleValue& key) {
    const auto* text = std::get_if<std::string>(&key.data);
    if (text != nullptr && text->size() <= kMaxName) return *text;
    if (const auto* number = std::get_if<std::int64_t>(&key.data)) return fmt::to_string(*number);
    return {};
  }
  template <class Below>
  void visit_items(const std::vector<PickleRef>& items, const Below& below, int depth) {
    for (std::size_t i = 0; i < items.size(); ++i) visit(*items[i], below(fmt::to_string(i)), depth + 1, true);
  }
  void charge(std::size_t bytes) {
    charged_ += bytes;
    if (charged_ > kMaxNames) fail("names and plain values without end");
  }
  void add_plain(const std::string& name, const std::string& value) {
    if (value.size() > kMaxName) return;
    charge(name.size() + value.size());
    result_.metadata[name] = value;
  }
  void add(const PickleTensor& tensor, const std::string& name) {
    charge(name.size());
    if (result_.tensors.contains(name)) fail(fmt::format("two tensors are named {}", name));
    const DType type = tensor.storage.dtype;
    const StoragePlace place = find_(tensor.storage.key);
    if (static_cast<std::size_t>(tensor.storage.size) > place.bytes / size_of(type)) {
      fail(fmt::format("storage {} has {} bytes, tensor {} says {} elements of {}", tensor.storage.key, place.bytes,
                       name, tensor.storage.size, name_of(type)));
    }
    Extent extent{type, tensor.shape, tensor.strides,
                  place.offset + static_cast<std::size_t>(tensor.offset) * size_of(type)};
    const bool contiguous = is_contiguous(extent.shape, extent.strides);
    result_.tensors.set(name, LazyTensor(type, tensor.shape, [file = file_, extent = std::move(extent), contiguous] {
                          return contiguous ? mapped_tensor(*file, extent.type, extent.shape, extent.offset)
                                            : gather(*file, extent);
                        }));
  }

  const std::shared_ptr<const MappedFile>& file_;
  const FindStorage& find_;
  TensorFile& result_;
  std::size_t visits_ = 0, charged_ = 0;
};

}  // namespace

void collect_tensors(const PickleValue& root, const std::shared_ptr<const MappedFile>& file, const FindStorage& find,
                     TensorFile& result) {
  Collector(file, find, result).visit(root, "", 0, false);
}

}  // namespace cnclip
