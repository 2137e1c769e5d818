#include "checkpoint/torch_writer.h"

#include <zlib.h>

#include <algorithm>
#include <charconv>

#include "base/error.h"
#include "base/file.h"

namespace cnclip {
namespace {

template <class T>
void put(std::string& out, T value) {
  out.append(reinterpret_cast<const char*>(&value), sizeof value);
}

// Pickle protocol 2, the few opcodes that a state dict takes.
class PickleWriter {
 public:
  std::string bytes = "\x80\x02";

  void text(std::string_view value) {
    bytes += 'X';
    put(bytes, static_cast<std::uint32_t>(value.size()));
    bytes += value;
  }
  void integer(std::int64_t value) {
    if (value >= INT32_MIN && value <= INT32_MAX) {
      bytes += 'J';
      put(bytes, static_cast<std::int32_t>(value));
    } else {
      bytes += "\x8a\x08";
      put(bytes, value);
    }
  }
  void global(std::string_view module, std::string_view name) { bytes += fmt::format("c{}\n{}\n", module, name); }
  void integers(const Shape& values) {
    bytes += '(';
    for (const std::int64_t value : values) integer(value);
    bytes += 't';
  }
  void tensor(const LazyTensor& tensor, std::size_t key) {
    static constexpr std::string_view kStorages[] = {"FloatStorage", "HalfStorage",  "BFloat16Storage", "DoubleStorage",
                                                     "CharStorage",  "ShortStorage", "IntStorage",      "LongStorage",
                                                     "ByteStorage",  "BoolStorage"};
    Shape strides(tensor.shape.size(), 1);
    for (std::size_t i = strides.size(); i-- > 1;)
      strides[i - 1] = strides[i] * std::max<std::int64_t>(tensor.shape[i], 1);
    global("torch._utils", "_rebuild_tensor_v2");
    bytes += "((";
    text("storage");
    global("torch", kStorages[static_cast<std::size_t>(tensor.dtype)]);
    text(fmt::to_string(key));
    text("cpu");
    integer(element_count(tensor.shape));
    bytes += "tQ";
    integer(0);
    integers(tensor.shape);
    integers(strides);
    bytes += '\x89';
    ordered_dict();
    bytes += "tR";
  }
  void ordered_dict() {
    global("collections", "OrderedDict");
    bytes += ")R";
  }
};

class ZipWriter {
 public:
  explicit ZipWriter(AtomicFile& file) : file_(file) {}

  void add(const std::string& name, std::span<const std::byte> content) {
    Entry entry{name, file_.size(), content.size(), 0};
    entry.crc = static_cast<std::uint32_t>(crc32_z(0, reinterpret_cast<const Bytef*>(content.data()), content.size()));
    // Payloads begin at multiples of 64, as torch's do, so that they can be mapped; an extra field fills the gap.
    std::string header;
    const bool large = entry.size >= kLarge;
    put(header, std::uint32_t{0x04034b50});
    put(header, std::uint16_t{large ? std::uint16_t{45} : std::uint16_t{20}});
    header.append(8, '\0');  // flags, stored, no date
    put(header, entry.crc);
    put(header, large ? 0xffffffffu : static_cast<std::uint32_t>(entry.size));
    put(header, large ? 0xffffffffu : static_cast<std::uint32_t>(entry.size));
    put(header, static_cast<std::uint16_t>(name.size()));
    std::string extra;
    if (large) {
      put(extra, std::uint16_t{1});
      put(extra, std::uint16_t{16});
      put(extra, entry.size);
      put(extra, entry.size);
    }
    const std::size_t fixed = file_.size() + header.size() + 2 + name.size() + extra.size() + 4;
    const std::size_t gap = (64 - fixed % 64) % 64;
    put(extra, std::uint16_t{0x4246});  // "FB", as torch marks its padding
    put(extra, static_cast<std::uint16_t>(gap));
    extra.append(gap, 'Z');
    put(header, static_cast<std::uint16_t>(extra.size()));
    file_.write(header + name + extra);
    file_.write(content);
    entries_.push_back(entry);
  }
  void add(const std::string& name, std::string_view content) { add(name, std::as_bytes(std::span(content))); }

  void finish() {
    const std::uint64_t directory = file_.size();
    for (const Entry& entry : entries_) file_.write(central(entry));
    const std::uint64_t end = file_.size();
    std::string tail;
    put(tail, std::uint32_t{0x06064b50});  // ZIP64 end of directory: always there, read where it is needed
    put(tail, std::uint64_t{44});
    put(tail, std::uint16_t{45});
    put(tail, std::uint16_t{45});
    put(tail, std::uint64_t{0});
    put(tail, std::uint64_t{entries_.size()});
    put(tail, std::uint64_t{entries_.size()});
    put(tail, end - directory);
    put(tail, directory);
    put(tail, std::uint32_t{0x07064b50});
    put(tail, std::uint32_t{0});
    put(tail, end);
    put(tail, std::uint32_t{1});
    const auto count = static_cast<std::uint16_t>(std::min<std::size_t>(entries_.size(), 0xffff));
    put(tail, std::uint32_t{0x06054b50});
    put(tail, std::uint32_t{0});
    put(tail, count);
    put(tail, count);
    put(tail, static_cast<std::uint32_t>(std::min<std::uint64_t>(end - directory, 0xffffffff)));
    put(tail, static_cast<std::uint32_t>(std::min<std::uint64_t>(directory, 0xffffffff)));
    put(tail, std::uint16_t{0});
    file_.write(tail);
  }

 private:
  static constexpr std::uint64_t kLarge = 0xffffffff;
  struct Entry {
    std::string name;
    std::uint64_t offset, size;
    std::uint32_t crc;
  };

  static std::string central(const Entry& entry) {
    const bool large = entry.size >= kLarge || entry.offset >= kLarge;
    std::string extra;
    if (large) {
      put(extra, std::uint16_t{1});
      put(extra, std::uint16_t{24});
      put(extra, entry.size);
      put(extra, entry.size);
      put(extra, entry.offset);
    }
    std::string out;
    put(out, std::uint32_t{0x02014b50});
    put(out, std::uint16_t{45});
    put(out, std::uint16_t{45});
    out.append(8, '\0');
    put(out, entry.crc);
    put(out, large ? 0xffffffffu : static_cast<std::uint32_t>(entry.size));
    put(out, large ? 0xffffffffu : static_cast<std::uint32_t>(entry.size));
    put(out, static_cast<std::uint16_t>(entry.name.size()));
    put(out, static_cast<std::uint16_t>(extra.size()));
    out.append(10, '\0');  // comment, disk, attributes
    put(out, large ? 0xffffffffu : static_cast<std::uint32_t>(entry.offset));
    return out + entry.name + extra;
  }

  AtomicFile& file_;
  std::vector<Entry> entries_;
};

}  // namespace

void write_torch_zip(const std::filesystem::path& path, const TensorMap& state_dict,
                     const std::map<std::string, std::string>& metadata) {
  const auto integer = [&](const char* key) {
    const auto found = metadata.find(key);
    std::int64_t value = 0;
    if (found != metadata.end()) {
      std::from_chars(found->second.data(), found->second.data() + found->second.size(), value);
    }
    return value;
  };
  PickleWriter pickle;
  pickle.bytes += "}(";
  pickle.text("epoch");
  pickle.integer(integer("epoch"));
  pickle.text("step");
  pickle.integer(integer("step"));
  pickle.text("name");
  const auto name = metadata.find("name");
  pickle.text(name != metadata.end() ? name->second : "cnclip");
  if (const auto config = metadata.find("cnclip.config"); config != metadata.end()) {
    pickle.text("cnclip.config");
    pickle.text(config->second);
  }
  pickle.text("state_dict");
  pickle.ordered_dict();
  pickle.bytes += '(';
  std::size_t key = 0;
  for (const auto& [tensor_name, tensor] : state_dict) {
    pickle.text(tensor_name);
    pickle.tensor(tensor, key++);
  }
  pickle.bytes += "uu.";

  AtomicFile file(path);
  ZipWriter zip(file);
  zip.add("archive/data.pkl", pickle.bytes);
  zip.add("archive/byteorder", "little");
  key = 0;
  for (const auto& [tensor_name, tensor] : state_dict) {
    zip.add(fmt::format("archive/data/{}", key++), tensor.load().bytes());
  }
  zip.add("archive/version", "3\n");
  zip.finish();
  file.commit();
}

}  // namespace cnclip
