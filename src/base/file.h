// Files: read whole, mapped, and written so that nothing half-done is ever seen under the final name.
#pragma once

#include <cstddef>
#include <filesystem>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>

namespace cnclip {

// The whole file. Throws bad_input when it cannot be read or is longer than `limit` bytes.
std::string read_file(const std::filesystem::path& path, std::size_t limit = std::size_t{1} << 32);

// A read-only mapping. Slices keep the mapping alive; a slice that is let go gives its pages back to the system,
// so walking a large file needs the memory of its largest slice only.
class MappedFile : public std::enable_shared_from_this<MappedFile> {
 public:
  static std::shared_ptr<const MappedFile> open(const std::filesystem::path& path);
  ~MappedFile();
  MappedFile(const MappedFile&) = delete;
  MappedFile& operator=(const MappedFile&) = delete;

  const std::filesystem::path& path() const { return path_; }
  std::size_t size() const { return size_; }
  std::span<const std::byte> bytes() const { return {data_, size_}; }
  // Throws bad_input when the range does not lie inside the file.
  std::shared_ptr<const std::byte> slice(std::size_t offset, std::size_t length) const;

 private:
  MappedFile(std::filesystem::path path, const std::byte* data, std::size_t size);
  std::filesystem::path path_;
  const std::byte* data_;
  std::size_t size_;
};

// Writes to a file without a name; commit() syncs it, gives it its name and syncs the folder. Without commit(), or when
// the program is killed, nothing is left behind. (Where the file system cannot make a file without a name, it has a
// temporary one beside `path`, which only a killed program leaves.) Every failure (a full disk, say) throws bad_input
// naming the final path.
class AtomicFile {
 public:
  explicit AtomicFile(std::filesystem::path path);
  ~AtomicFile();
  AtomicFile(const AtomicFile&) = delete;
  AtomicFile& operator=(const AtomicFile&) = delete;

  void write(std::span<const std::byte> bytes);
  void write(std::string_view text);
  // Overwrites bytes already written, for headers whose content is known last.
  void write_at(std::size_t offset, std::string_view text);
  std::size_t size() const { return size_; }
  // All that may find the disk full. Files that belong together are all synced before the first is committed.
  void sync();
  void commit();

 private:
  void fail(std::string_view step) const;
  void flush();
  std::filesystem::path path_;
  std::filesystem::path temporary_;
  bool has_name_ = false;
  int descriptor_ = -1;
  std::size_t size_ = 0;
  std::string buffer_;
};

void write_file(const std::filesystem::path& path, std::string_view text);

// Calls `fill` with an empty folder, which then becomes `path`; where `path` is a folder already, the new files go
// there one by one, over those of their names. Whatever `fill` throws leaves nothing behind, and its message names the
// final path. The folder above `path` must exist.
void write_folder(const std::filesystem::path& path, const std::function<void(const std::filesystem::path&)>& fill);

// The same, but `path` is a folder that is there, and it changes places with the new one when that is whole: what stood
// in it before is gone. Where `path` cannot be moved (a mount point, say), nothing happens to it, and bad_input is
// thrown.
void replace_folder(const std::filesystem::path& path, const std::function<void(const std::filesystem::path&)>& fill);

}  // namespace cnclip
