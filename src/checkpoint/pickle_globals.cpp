#include "checkpoint/pickle_globals.h"

#include <algorithm>
#include <array>
#include <utility>

#include "base/error.h"

namespace cnclip {
namespace {

struct NamedType {
  std::string_view name;
  DType type;
};
constexpr std::array<NamedType, 11> kStorages = {{{"FloatStorage", DType::f32},
                                                  {"HalfStorage", DType::f16},
                                                  {"BFloat16Storage", DType::bf16},
                                                  {"DoubleStorage", DType::f64},
                                                  {"LongStorage", DType::i64},
                                                  {"IntStorage", DType::i32},
                                                  {"ShortStorage", DType::i16},
                                                  {"CharStorage", DType::i8},
                                                  {"ByteStorage", DType::u8},
                                                  {"BoolStorage", DType::boolean},
                                                  {"UntypedStorage", DType::u8}}};

enum class Meaning { tensor, first_argument, dictionary, nothing, attributes };

struct KnownGlobal {
  std::string_view module, name;
  Meaning meaning;  // of calling it
};
constexpr std::array<KnownGlobal, 15> kGlobals = {{
    {"torch._utils", "_rebuild_tensor", Meaning::tensor},
    {"torch._utils", "_rebuild_tensor_v2", Meaning::tensor},
    {"torch._utils", "_rebuild_parameter", Meaning::first_argument},
    {"torch._utils", "_rebuild_parameter_with_state", Meaning::first_argument},
    {"torch", "Size", Meaning::first_argument},
    {"torch", "device", Meaning::nothing},
    {"torch.jit._pickle", "build_intlist", Meaning::first_argument},
    {"torch.jit._pickle", "build_doublelist", Meaning::first_argument},
    {"torch.jit._pickle", "build_boollist", Meaning::first_argument},
    {"torch.jit._pickle", "build_tensorlist", Meaning::first_argument},
    {"torch.jit._pickle", "restore_type_tag", Meaning::first_argument},
    {"collections", "OrderedDict", Meaning::dictionary},
    {"collections", "Counter", Meaning::first_argument},
    {"argparse", "Namespace", Meaning::attributes},
    {"_codecs", "encode", Meaning::nothing},  // how protocol 2 writes bytes; no weights are kept in them
}};

// Values of torch's own that stand in checkpoints as plain settings.
constexpr std::array<std::string_view, 12> kTorchValues = {"float64", "float32", "float16", "bfloat16",
                                                           "int64",   "int32",   "int16",   "int8",
                                                           "uint8",   "bool",    "strided", "contiguous_format"};

constexpr std::size_t kMaxRank = 64;
// A tensor that repeats its storage's values (a stride of 0) may be made this large from a few bytes.
constexpr std::size_t kMaxExpanded = std::size_t{64} << 20;

const KnownGlobal* find_global(std::string_view module, std::string_view name) {
  const auto* found = std::find_if(kGlobals.begin(), kGlobals.end(),
                                   [&](const KnownGlobal& g) { return g.module == module && g.name == name; });
  return found == kGlobals.end() ? nullptr : found;
}

const NamedType* find_storage(std::string_view module, std::string_view name) {
  if (module != "torch" && module != "torch.cuda" && module != "torch.storage") return nullptr;
  const auto* found =
      std::find_if(kStorages.begin(), kStorages.end(), [&](const NamedType& s) { return s.name == name; });
  return found == kStorages.end() ? nullptr : found;
}

// Classes of a TorchScript archive; their names only label sets of attributes.
bool is_script_class(std::string_view module) {
  return module == "__torch__" || module.starts_with("__torch__.");
}

std::int64_t integer(const PickleValue& value, const PickleFail& fail) {
  const auto* number = std::get_if<std::int64_t>(&value.data);
  if (number == nullptr) fail("a tensor's geometry is not of integers");
  return *number;
}

Shape integers(const PickleValue& value, const PickleFail& fail) {
  const auto* tuple = std::get_if<PickleTuple>(&value.data);
  if (tuple == nullptr || tuple->items.size() > kMaxRank) fail("a tensor's shape is not a short tuple");
  Shape shape;
  for (const PickleRef item : tuple->items) shape.push_back(integer(*item, fail));
  return shape;
}

PickleValue rebuild_tensor(const std::vector<PickleRef>& arguments, const PickleFail& fail) {
  if (arguments.size() < 4) fail("a tensor needs storage, offset, shape and strides");
  const auto* storage = std::get_if<PickleStorage>(&arguments[0]->data);
  if (storage == nullptr) fail("a tensor's storage is not a storage");
  PickleTensor tensor{*storage, integer(*arguments[1], fail), integers(*arguments[2], fail),
                      integers(*arguments[3], fail)};
  const auto bad = [&] {
    fail(fmt::format("a tensor of shape {}, strides {}, offset {} does not fit its storage of {} elements",
                     to_string(tensor.shape), to_string(tensor.strides), tensor.offset, storage->size));
  };
  if (tensor.strides.size() != tensor.shape.size() || tensor.offset < 0 || tensor.offset > storage->size) bad();
  std::int64_t last = tensor.offset, count = 1;
  for (std::size_t i = 0; i < tensor.shape.size(); ++i) {
    std::int64_t reach = 0;
    if (tensor.shape[i] < 0 || tensor.strides[i] < 0) bad();
    if (__builtin_mul_overflow(count, tensor.shape[i], &count) ||
        __builtin_mul_overflow(std::max<std::int64_t>(tensor.shape[i] - 1, 0), tensor.strides[i], &reach) ||
        __builtin_add_overflow(last, reach, &last)) {
      bad();
    }
  }
  if (count > 0 && last >= storage->size) bad();
  if (count > storage->size && static_cast<std::size_t>(count) > kMaxExpanded / size_of(storage->dtype)) bad();
  return {std::move(tensor)};
}

PickleDict ordered_dict(const std::vector<PickleRef>& arguments, const PickleFail& fail) {
  PickleDict dict;
  if (arguments.empty()) return dict;
  auto* pairs = std::get_if<PickleList>(&arguments[0]->data);
  if (pairs == nullptr) fail("OrderedDict of something that is not a list");
  // The list is used up: a few bytes that name it again must not copy it again.
  for (const PickleRef item : std::exchange(pairs->items, {})) {
    const auto* tuple = std::get_if<PickleTuple>(&item->data);
    const auto* list = std::get_if<PickleList>(&item->data);
    const std::vector<PickleRef>* both = tuple != nullptr ? &tuple->items : list != nullptr ? &list->items : nullptr;
    if (both == nullptr || both->size() != 2) fail("OrderedDict of something that is not pairs");
    dict.items.emplace_back((*both)[0], (*both)[1]);
  }
  return dict;
}

}  // namespace

bool is_known_global(std::string_view module, std::string_view name) {
  return is_script_class(module) || find_global(module, name) != nullptr || find_storage(module, name) != nullptr ||
         (module == "torch" && std::find(kTorchValues.begin(), kTorchValues.end(), name) != kTorchValues.end());
}

bool is_known_class(const PickleGlobal& global) {
  if (is_script_class(global.module)) return true;
  const KnownGlobal* known = find_global(global.module, global.name);
  return known != nullptr && (known->meaning == Meaning::attributes || known->meaning == Meaning::dictionary);
}

std::optional<DType> storage_type(const PickleValue& value) {
  const auto* global = std::get_if<PickleGlobal>(&value.data);
  const NamedType* storage = global == nullptr ? nullptr : find_storage(global->module, global->name);
  return storage == nullptr ? std::nullopt : std::optional(storage->type);
}

std::variant<PickleValue, PickleRef> reduce_global(const PickleGlobal& callable,
                                                   const std::vector<PickleRef>& arguments, const PickleFail& fail) {
  const KnownGlobal* known = find_global(callable.module, callable.name);
  if (known == nullptr) fail(fmt::format("{}.{} cannot be called", callable.module, callable.name));
  switch (known->meaning) {
    case Meaning::tensor: return rebuild_tensor(arguments, fail);
    case Meaning::first_argument:
      if (arguments.empty()) fail(fmt::format("{} without an argument", callable.name));
      return arguments[0];
    case Meaning::dictionary: return PickleValue{ordered_dict(arguments, fail)};
    case Meaning::nothing: return PickleValue{PickleNone{}};
    case Meaning::attributes: break;
  }
  fail(fmt::format("{}.{} cannot be called", callable.module, callable.name));
  return {};
}

}  // namespace cnclip
