#include "checkpoint/zip.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <vector>

#include "base/error.h"

namespace cnclip {
namespace {

constexpr std::uint32_t kLocal = 0x04034b50, kCentral = 0x02014b50, kEnd = 0x06054b50, kEnd64 = 0x06064b50,
                        kLocator64 = 0x07064b50;
constexpr std::uint64_t kMaxEntries = 1'000'000;
constexpr std::uint64_t kIn64 = 0xffffffff;  // the value stands in the ZIP64 extra field
constexpr std::uint16_t kEncrypted = 1, kSizesFollow = 8;

class Zip {
 public:
  explicit Zip(const MappedFile& file) : file_(file) {}

  std::map<std::string, ZipEntry> directory() {
    const auto [count, offset] = find_directory();
    if (count > kMaxEntries) fail(fmt::format("claims {} entries", count));
    std::uint64_t at = offset;
    for (std::uint64_t i = 0; i < count; ++i) at = read_central(at);
    // Two names for the same bytes, or bytes of the directory as content, are a lie told to one of two readers.
    std::sort(spans_.begin(), spans_.end());
    for (std::size_t i = 0; i < spans_.size(); ++i) {
      if (spans_[i].second > (i + 1 < spans_.size() ? spans_[i + 1].first : offset)) {
        fail(fmt::format("two parts lie over each other at byte {}", spans_[i].second));
      }
    }
    return std::move(entries_);
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
        if (end >= 20 && at<std::uint32_t>(end - 20) == kLocator64) {
          const auto record = at<std::uint64_t>(end - 12);
          if (record > file_.size() || at<std::uint32_t>(record) != kEnd64) {
            fail("its ZIP64 end record is not where it should be");
          }
          const auto count64 = at<std::uint64_t>(record + 32), offset64 = at<std::uint64_t>(record + 48);
          if ((count != 0xffff && count != count64) || (offset != kIn64 && offset != offset64)) {
            fail("its two end records disagree");
          }
          count = count64;
          offset = offset64;
        }
        return {count, offset};
      }
      if (end == lowest) fail("no directory at its end (cut short?)");
    }
  }

  std::uint64_t read_central(std::uint64_t entry) {
    if (at<std::uint32_t>(entry) != kCentral) fail(fmt::format("no directory entry at byte {}", entry));
    const auto flags = at<std::uint16_t>(entry + 8), method = at<std::uint16_t>(entry + 10);
    const auto name_length = at<std::uint16_t>(entry + 28), extra_length = at<std::uint16_t>(entry + 30);
    const auto comment_length = at<std::uint16_t>(entry + 32);
    const std::string name = text(entry + 46, name_length);
    // Plain size, packed size, place of the entry: the order in which the extra field gives them.
    std::array<std::uint64_t, 3> fields{at<std::uint32_t>(entry + 24), at<std::uint32_t>(entry + 20),
                                        at<std::uint32_t>(entry + 42)};
    read_zip64(entry + 46 + name_length, extra_length, fields);
    const auto [size, packed, local] = fields;
    if ((flags & kEncrypted) != 0) fail(fmt::format("entry {} is password-protected", name));
    if (method == 0 && packed != size) fail(fmt::format("entry {} has two sizes, {} and {}", name, packed, size));

    if (at<std::uint32_t>(local) != kLocal) fail(fmt::format("entry {} is not where the directory says", name));
    const auto local_flags = at<std::uint16_t>(local + 6);
    const auto local_name = at<std::uint16_t>(local + 26), local_extra = at<std::uint16_t>(local + 28);
    if (text(local + 30, local_name) != name) fail(fmt::format("entry {} has another name at its place", name));
    std::array<std::uint64_t, 3> local_fields{at<std::uint32_t>(local + 22), at<std::uint32_t>(local + 18), local};
    read_zip64(local + 30 + local_name, local_extra, local_fields);
    const bool sizes_agree =
        (local_flags & kSizesFollow) != 0 || (local_fields[0] == size && local_fields[1] == packed);
    if ((local_flags & kEncrypted) != 0 || at<std::uint16_t>(local + 8) != method || !sizes_agree) {
      fail(fmt::format("entry {}: the directory and the entry disagree", name));
    }
    const std::uint64_t content = local + 30 + local_name + local_extra;
    if (content > file_.size() || packed > file_.size() - content) {
      fail(fmt::format("entry {} lies outside the file", name));
    }
    spans_.emplace_back(local, content + packed);
    if (!entries_.emplace(name, ZipEntry{content, packed, method == 0}).second) {
      fail(fmt::format("two entries are named {}", name));
    }
    return entry + 46 + name_length + extra_length + comment_length;
  }

  void read_zip64(std::uint64_t extra, std::uint64_t length, std::array<std::uint64_t, 3>& fields) const {
    for (const std::uint64_t end = extra + length; extra + 4 <= end;) {
      const auto id = at<std::uint16_t>(extra), bytes = at<std::uint16_t>(extra + 2);
      extra += 4;
      if (id == 1) {
        std::uint64_t field = extra;
        for (std::uint64_t& value : fields) {
          if (value != kIn64 || field + 8 > extra + bytes) continue;
          value = at<std::uint64_t>(field);
          field += 8;
        }
      }
      extra += bytes;
    }
  }

  const MappedFile& file_;
  std::map<std::string, ZipEntry> entries_;
  std::vector<std::pair<std::uint64_t, std::uint64_t>> spans_;  // of entries with their headers
};

}  // namespace

std::map<std::string, ZipEntry> read_zip_directory(const MappedFile& file) {
  return Zip(file).directory();
}

}  // namespace cnclip
