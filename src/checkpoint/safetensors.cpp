#include "checkpoint/safetensors.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <nlohmann/json.hpp>
#include <set>

#include "base/error.h"
#include "checkpoint/mapped_tensor.h"

namespace cnclip {
namespace {

// Sorted by name: the ordered kind looks names up in linear time, which a long header would turn into hours.
using Json = nlohmann::json;

constexpr std::uint64_t kMaxHeader = 100'000'000;  // the official readers' limit

constexpr std::size_t kMaxRank = 64;

struct TypeName {
  std::string_view name;
  DType type;
};
constexpr std::array<TypeName, 10> kTypes = {{{"F64", DType::f64},
                                              {"F32", DType::f32},
                                              {"F16", DType::f16},
                                              {"BF16", DType::bf16},
                                              {"I64", DType::i64},
                                              {"I32", DType::i32},
                                              {"I16", DType::i16},
                                              {"I8", DType::i8},
                                              {"U8", DType::u8},
                                              {"BOOL", DType::boolean}}};

std::string_view format_name(DType type) {
  return std::find_if(kTypes.begin(), kTypes.end(), [&](const TypeName& t) { return t.type == type; })->name;
}

struct Entry {
  std::string name;
  DType type;
  Shape shape;
  std::uint64_t begin, end;
};

// Refuses names given twice, and lists where none belong, while parsing: such a header never takes memory.
Json parse_header(std::string_view text, const std::string& file) {
  using Event = Json::parse_event_t;
  std::set<std::string> seen[2];  // of the header; of the tensor being read
  const auto check = [&](int level, Event event, Json& parsed) {
    if ((event == Event::array_start && level != 2) || (event == Event::object_start && level > 1)) {
      throw_bad_input("{}: safetensors header has a list or an object where none belongs", file);
    }
    if (level == 1 && event == Event::object_start) seen[1].clear();
    if (event == Event::key) {
      const auto& name = parsed.get_ref<const std::string&>();
      if (level <= 2 && !seen[level - 1].insert(name).second) {
        throw_bad_input("{}: safetensors header names {} twice", file, name);
      }
    }
    return true;
  };
  try {
    return Json::parse(text, check);
  } catch (const Json::exception& error) {
    throw_bad_input("{}: safetensors header is not JSON: {}", file, error.what());
  }
}

Entry parse_entry(const std::string& name, const Json& json, const std::string& file) {
  const auto broken = [&](std::string_view why) {
    throw_bad_input("{}: safetensors tensor {}: {}: {}", file, name, why,
                    json.dump(-1, ' ', false, Json::error_handler_t::replace).substr(0, 200));
  };
  if (!json.is_object() || !json.contains("dtype") || !json.contains("shape") || !json.contains("data_offsets")) {
    broken("needs dtype, shape and data_offsets");
  }
  Entry entry;
  entry.name = name;
  const auto* type =
      std::find_if(kTypes.begin(), kTypes.end(), [&](const TypeName& t) { return json["dtype"] == t.name; });
  if (type == kTypes.end()) broken("element type is not supported");
  entry.type = type->type;
  if (!json["shape"].is_array() || json["shape"].size() > kMaxRank) broken("shape is not a short list");
  for (const Json& dim : json["shape"]) {
    if (!dim.is_number_unsigned() || dim.get<std::uint64_t>() > INT64_MAX) broken("shape is not of sizes");
    entry.shape.push_back(dim.get<std::int64_t>());
  }
  const Json& offsets = json["data_offsets"];
  if (!offsets.is_array() || offsets.size() != 2 || !offsets[0].is_number_unsigned() ||
      !offsets[1].is_number_unsigned()) {
    broken("data_offsets are not two offsets");
  }
  entry.begin = offsets[0].get<std::uint64_t>();
  entry.end = offsets[1].get<std::uint64_t>();
  std::uint64_t bytes = size_of(entry.type);
  for (const std::int64_t dim : entry.shape) {
    if (__builtin_mul_overflow(bytes, static_cast<std::uint64_t>(dim), &bytes) || bytes > INT64_MAX) {
      broken("shape is too large");
    }
  }
  if (entry.end < entry.begin || entry.end - entry.begin != bytes) broken("data_offsets do not fit the shape");
  return entry;
}

}  // namespace

TensorFile read_safetensors(const std::shared_ptr<const MappedFile>& file) {
  const std::string path = file->path().string();
  if (file->size() < 8) throw_bad_input("{}: {} bytes is too short for safetensors", path, file->size());
  std::uint64_t length = 0;
  std::memcpy(&length, file->bytes().data(), 8);
  if (length > kMaxHeader || length > file->size() - 8) {
    throw_bad_input("{}: safetensors header of {} bytes in a file of {} bytes", path, length, file->size());
  }
  const Json header = parse_header({reinterpret_cast<const char*>(file->bytes().data()) + 8, length}, path);
  if (!header.is_object()) throw_bad_input("{}: safetensors header is not an object", path);

  TensorFile result;
  result.kind = "safetensors";
  std::vector<Entry> entries;
  for (const auto& [name, value] : header.items()) {
    if (name != "__metadata__") {
      entries.push_back(parse_entry(name, value, path));
      continue;
    }
    if (!value.is_object()) throw_bad_input("{}: safetensors __metadata__ is not an object", path);
    for (const auto& [key, text] : value.items()) {
      if (!text.is_string()) throw_bad_input("{}: safetensors metadata {} is not text", path, key);
      result.metadata[key] = text.get<std::string>();
    }
  }
  // No gaps and no overlaps: the format's rule, and what keeps two tensors from sharing bytes.
  std::stable_sort(entries.begin(), entries.end(), [](const Entry& a, const Entry& b) {
    return std::pair(a.begin, a.end) < std::pair(b.begin, b.end);
  });
  const std::uint64_t data = 8 + length;
  std::uint64_t expected = 0;
  for (const Entry& entry : entries) {
    if (entry.begin != expected) {
      throw_bad_input("{}: safetensors tensor {} begins at {}, not at {}", path, entry.name, entry.begin, expected);
    }
    expected = entry.end;
    if (entry.end > file->size() - data) {
      throw_bad_input("{}: cut short: tensor {} ends at byte {} of a file of {} bytes", path, entry.name,
                      data + entry.end, file->size());
    }
    result.tensors.set(entry.name, LazyTensor(entry.type, entry.shape, [file, data, entry] {
                         return mapped_tensor(*file, entry.type, entry.shape, data + entry.begin);
                       }));
  }
  if (expected != file->size() - data) {
    throw_bad_input("{}: {} bytes after the last tensor", path, file->size() - data - expected);
  }
  return result;
}

void write_safetensors(const std::filesystem::path& path, const TensorMap& tensors,
                       const std::map<std::string, std::string>& metadata) {
  // Wide elements first, else in the order given: each tensor then begins at a multiple of its element size.
  std::vector<const TensorMap::Entry*> order;
  for (const auto& entry : tensors) order.push_back(&entry);
  std::stable_sort(order.begin(), order.end(),
                   [](const auto* a, const auto* b) { return size_of(a->second.dtype) > size_of(b->second.dtype); });
  nlohmann::ordered_json::object_t header;
  if (!metadata.empty()) header.push_back({"__metadata__", metadata});
  std::uint64_t offset = 0;
  for (const auto* entry : order) {
    const auto& [name, tensor] = *entry;
    if (name == "__metadata__") throw_bad_input("{}: safetensors cannot hold a tensor named {}", path.string(), name);
    const std::uint64_t end = offset + byte_count(tensor.dtype, tensor.shape);
    header.push_back(
        {name, {{"dtype", format_name(tensor.dtype)}, {"shape", tensor.shape}, {"data_offsets", {offset, end}}}});
    offset = end;
  }
  std::string text;
  try {
    text = nlohmann::ordered_json(std::move(header)).dump();
  } catch (const Json::exception& error) {
    throw_bad_input("{}: safetensors holds UTF-8 names and metadata only: {}", path.string(), error.what());
  }
  text.append((8 - text.size() % 8) % 8, ' ');  // keeps the data aligned
  if (text.size() > kMaxHeader) throw_bad_input("{}: a safetensors header of {} bytes", path.string(), text.size());
  AtomicFile file(path);
  const std::uint64_t length = text.size();
  file.write(std::string_view(reinterpret_cast<const char*>(&length), 8));
  file.write(text);
  for (const auto* entry : order) file.write(entry->second.load().bytes());
  file.commit();
}

}  // namespace cnclip
