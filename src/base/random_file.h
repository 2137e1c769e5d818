// A file that is read at any place, without a mapping.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>

namespace cnclip {

// Any number of threads.
class RandomFile {
 public:
  // Throws bad_input when it cannot be opened.
  explicit RandomFile(const std::filesystem::path& path);
  ~RandomFile();
  RandomFile(const RandomFile&) = delete;
  RandomFile& operator=(const RandomFile&) = delete;

  // Exactly `size` bytes from `offset` on; bad_input when the file ends before. `size` is the caller's to bound.
  std::string read(std::uint64_t offset, std::size_t size) const;
  std::uint64_t size() const { return size_; }
  const std::string& name() const { return name_; }

 private:
  std::string name_;
  int descriptor_;
  std::uint64_t size_ = 0;  // when it was opened
};

}  // namespace cnclip
