#include "checkpoint/pickle_globals.h"

#include <algorithm>
#include <array>

#include "base/error.h"

namespace cnclip {
namespace {

struct Storage {
  std::string_view name;
  DType type;
};
constexpr std::array<Storage, 9> kStorages = {{{"FloatStorage", DType::f32}, {"HalfStorage", DType::f16},
                                               {"BFloat16Storage", DType::bf16}, {"DoubleStorage", DType::f64},
                                               {"LongStorage", DType::i64}, {"IntStorage", DType::i32},
                                               {"ShortStorage", DType::i16}, {"CharStorage", DType::i8},
                                               {"ByteStorage", DType::u8}}};

constexpr std::array<std::pair<std::string_view, std::string_view>, 13> kFunctions = {{
    {"collections", "OrderedDict"},
    {"argparse", "Namespace"},
    {"torch._utils", "_rebuild_tensor"},
    {"torch._utils", "_rebuild_tensor_v2"},
    {"torch._utils", "_rebuild_parameter"},
    {"torch._utils", "_rebuild_parameter_with_state"},
    {"torch", "Size"},
    {"torch", "device"},
    {"torch", "BoolStorage"},
    {"torch.jit._pickle", "build_intlist"},
    {"torch.jit._pickle", "build_doublelist"},
    {"torch.jit._pickle", "build_boollist"},
    {"torch.jit._pickle", "build_tensorlist"},
}};

constexpr std::array<std::string_view, 8> kTypes = {"float32", "float16", "bfloat16", "float64",
                                                    "int64",   "int32",   "uint8",    "bool"};

std::int64_t integer(const PickleValue& value, const PickleFail& fail) {
  const auto* number = std::get_if<std::int64_t>(&value.data);
  if (number == nullptr) fail("a tensor's geometry is not of integers");
  return *number;
}

Shape integers(const PickleValue& value, const PickleFail& fail) {
  const auto* tuple = std::get_if<PickleTuple>(&value.data);
  if (tuple == nullptr) fail("a tensor's shape is not a tuple");
  Shape shape;
  for (const PickleRef item : tuple->items) shape.push_back(integer(*item, fail));
  return shape;
}

PickleValue rebuild_tensor(const std::vector<PickleRef>& arguments, const PickleFail& fail) {
  if (arguments.size() < 4) fail("a tensor needs storage, offset, shape and strides");
  const auto* storage = std::get_if<PickleStorage>(&arguments[0]->data);
  if (storage == nullptr) fail("a tensor's storage is not a storage");
  PickleTensor tensor{*storage, integer(*arguments[1], fail), integers(*arguments[2], fail), integers(*arguments[3], fail)};
  const auto bad = [&] { fail(fmt::format("a tensor of shape {}, strides {}, offset {} does not fit its storage of {} elements",
                                          to_string(tensor.shape), to_string(tensor.strides), tensor.offset, storage->size)); };
  if (tensor.strides.size() != tensor.shape.size() || tensor.offset < 0) bad();
  std::int64_t last = tensor.offset;
  bool empty = false;
  for (std::size_t i = 0; i < tensor.shape.size(); ++i) {
    std::int64_t reach = 0;
    if (tensor.shape[i] < 0 || tensor.strides[i] < 0) bad();
    empty = empty || tensor.shape[i] == 0;
    if (__builtin_mul_overflow(std::max<std::int64_t>(tensor.shape[i] - 1, 0), tensor.strides[i], &reach) ||
        __builtin_add_overflow(last, reach, &last)) {
      bad();
    }
  }
  if (!empty && last >= storage->size) bad();
  // A stride of 0 could blow a few bytes up to any size.
  if (!empty && element_count(tensor.shape) > storage->size) bad();
  return {std::move(tensor)};
}

}  // namespace

bool is_known_global(std::string_view module, std::string_view name) {
  if (module.starts_with("__torch__")) return true;  // classes of a TorchScript archive: names of attribute sets
  for (const auto& [known_module, known_name] : kFunctions) {
    if (module == known_module && name == known_name) return true;
  }
  if (module != "torch") return false;
  return std::any_of(kStorages.begin(), kStorages.end(), [&](const Storage& s) { return s.name == name; }) ||
         std::find(kTypes.begin(), kTypes.end(), name) != kTypes.end();
}

std::optional<DType> storage_type(const PickleValue& value) {
  const auto* global = std::get_if<PickleGlobal>(&value.data);
  if (global == nullptr || global->module != "torch") return {};
  if (global->name == "BoolStorage") return DType::boolean;
  for (const Storage& storage : kStorages) {
    if (storage.name == global->name) return storage.type;
  }
  return {};
}

PickleValue reduce_global(const PickleGlobal& callable, const std::vector<PickleRef>& arguments, const PickleFail& fail) {
  const auto need = [&](std::size_t count) {
    if (arguments.size() < count) fail(fmt::format("{} with {} arguments", callable.name, arguments.size()));
  };
  if (callable.name == "_rebuild_tensor" || callable.name == "_rebuild_tensor_v2") return rebuild_tensor(arguments, fail);
  if (callable.name.starts_with("_rebuild_parameter") || callable.name.starts_with("build_")) {
    need(1);
    return *arguments[0];
  }
  if (callable.name == "Size") {
    need(1);
    return *arguments[0];
  }
  if (callable.name == "device") return {PickleNone{}};
  if (callable.name == "OrderedDict") {
    PickleDict dict;
    if (arguments.empty()) return {dict};
    const auto* pairs = std::get_if<PickleList>(&arguments[0]->data);
    if (pairs == nullptr) fail("OrderedDict of something that is not a list");
    for (const PickleRef item : pairs->items) {
      const auto* tuple = std::get_if<PickleTuple>(&item->data);
      const auto* list = std::get_if<PickleList>(&item->data);
      const auto& both = tuple != nullptr ? tuple->items : list != nullptr ? list->items : std::vector<PickleRef>{};
      if (both.size() != 2) fail("OrderedDict of something that is not pairs");
      dict.items.emplace_back(both[0], both[1]);
    }
    return {dict};
  }
  fail(fmt::format("{}.{} cannot be called", callable.module, callable.name));
  return {};
}

}  // namespace cnclip
