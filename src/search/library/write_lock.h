// One process at a time writes an index.
#pragma once

#include <filesystem>

namespace cnclip::search {

// Held as long as it lives, let go by the system when the process ends in any way.
class WriteLock {
 public:
  // Throws unavailable, naming the process, where another one holds it.
  explicit WriteLock(const std::filesystem::path& index);
  ~WriteLock();
  WriteLock(WriteLock&& other) noexcept;
  WriteLock& operator=(WriteLock&&) = delete;

 private:
  int descriptor_;
};

}  // namespace cnclip::search
