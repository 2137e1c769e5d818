#include "checkpoint/zip.h"

#include <cstring>

#include "base/error.h"

namespace cnclip {
namespace {

constexpr std::uint32_t kLocal = 0x04034b50, kCentral = 0x02014b50, kEnd = 0x06054b50, kEnd64 = 0x06064b50,
                        kLocator64 = 0x07064b50;
constexpr std::uint64_t kMaxEntries = 1'000'000;

class Zip {
 public:
  explicit Zip(const MappedFile& file) : file_(file) {}

  std::map<std::string, ZipEntry> directory() {
    const auto [count, offset] = find_directory();
    if (count > kMaxEntries) fail(fmt::format("claims {} entries", count));
    std::map<std::string, ZipEntry> entries;
    std::uint64_t at = offset;
    for (std::uint64_t i = 0; i < count; ++i) at = read_central(at, entries);
    return entries;
  }

 private:
  [[noreturn]] void fail(std::string_view why) const { throw_bad_input("{}: zip: {}", file_.path().string(), why); }

  template <class T>
  T at(std::uint64_t offset) const {
    if (offset > file_.size() || file_.size() - offset < sizeof(T)) fail(fmt::format("cut short at byte {}", offset));
    T value;
    std::memcpy(&value, file_.bytes().data() + offset, sizeof(T));
    return value;
  }
  std::string text(std::uint64_t offset, std::uint64_t length) const {
    if (offset > file_.size() || length > file_.size() - offset) fail(fmt::format("cut short at byte {}", offset));
    return {reinterpret_cast<const char*>(file_.bytes().data()) + offset, length};
  }

  std::pair<std::uint64_t, std::uint64_t> find_directory() const {
    if (file_.size() < 22) fail("too short");
    const std::uint64_t lowest = file_.size() > 22 + 65535 ? file_.size() - 22 - 65535 : 0;
    for (std::uint64_t end = file_.size() - 22;; --end) {
      if (at<std::uint32_t>(end) == kEnd && end + 22 + at<std::uint16_t>(end + 20) == file_.size()) {
        std::uint64_t count = at<std::uint16_t>(end + 10), offset = at<std::uint32_t>(end + 16);
        if ((count == 0xffff || offset == 0xffffffff) && end >= 20 && at<std::uint32_t>(end - 20) == kLocator64) {
          const auto record = at<std::uint64_t>(end - 12);
          if (record > file_.size() || at<std::uint32_t>(record) != kEnd64) fail("its ZIP64 end record is not where it should be");
          count = at<std::uint64_t>(record + 32);
          offset = at<std::uint64_t>(record + 48);
        }
        return {count, offset};
      }
      if (end == lowest) fail("no directory at its end (cut short?)");
    }
  }

  std::uint64_t read_central(std::uint64_t entry, std::map<std::string, ZipEntry>& entries) const {
    if (at<std::uint32_t>(entry) != kCentral) fail(fmt::format("no directory entry at byte {}", entry));
    const auto flags = at<std::uint16_t>(entry + 8), method = at<std::uint16_t>(entry + 10);
    std::uint64_t packed = at<std::uint32_t>(entry + 20), size = at<std::uint32_t>(entry + 24);
    const auto name_length = at<std::uint16_t>(entry + 28), extra_length = at<std::uint16_t>(entry + 30);
    const auto comment_length = at<std::uint16_t>(entry + 32);
    std::uint64_t local = at<std::uint32_t>(entry + 42);
    const std::string name = text(entry + 46, name_length);
    read_zip64(entry + 46 + name_length, extra_length, size, packed, local);
    if ((flags & 1) != 0) fail(fmt::format("entry {} is password-protected", name));
    if (method != 0 || packed != size) fail(fmt::format("entry {} is compressed, which torch.save never does", name));

    if (at<std::uint32_t>(local) != kLocal) fail(fmt::format("entry {} is not where the directory says", name));
    const auto local_name = at<std::uint16_t>(local + 26), local_extra = at<std::uint16_t>(local + 28);
    if (text(local + 30, local_name) != name) fail(fmt::format("entry {} has another name at its place", name));
    if ((at<std::uint16_t>(local + 6) & 1) != 0 || at<std::uint16_t>(local + 8) != method) {
      fail(fmt::format("entry {}: the directory and the entry disagree", name));
    }
    const std::uint64_t content = local + 30 + local_name + local_extra;
    if (content > file_.size() || size > file_.size() - content) fail(fmt::format("entry {} lies outside the file", name));
    if (!entries.emplace(name, ZipEntry{content, size}).second) fail(fmt::format("two entries are named {}", name));
    return entry + 46 + name_length + extra_length + comment_length;
  }

  void read_zip64(std::uint64_t extra, std::uint64_t length, std::uint64_t& size, std::uint64_t& packed,
                  std::uint64_t& local) const {
    for (const std::uint64_t end = extra + length; extra + 4 <= end;) {
      const auto id = at<std::uint16_t>(extra), bytes = at<std::uint16_t>(extra + 2);
      extra += 4;
      if (id == 1) {
        std::uint64_t field = extra;
        for (std::uint64_t* value : {&size, &packed, &local}) {
          if (*value != 0xffffffff) continue;
          *value = at<std::uint64_t>(field);
          field += 8;
        }
      }
      extra += bytes;
    }
  }

  const MappedFile& file_;
};

}  // namespace

std::map<std::string, ZipEntry> read_zip_directory(const MappedFile& file) { return Zip(file).directory(); }

}  // namespace cnclip
