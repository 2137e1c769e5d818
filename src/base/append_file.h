// A file that grows while others may read it.
#pragma once

#include <filesystem>
#include <string_view>

namespace cnclip {

// Opens or makes the file. Every failure (a full disk, say) throws bad_input naming it.
class AppendFile {
 public:
  explicit AppendFile(std::filesystem::path path);
  ~AppendFile();
  AppendFile(const AppendFile&) = delete;
  AppendFile& operator=(const AppendFile&) = delete;

  // All of it, given to the system at once, or nothing.
  void write(std::string_view text);
  void sync();

 private:
  void fail(std::string_view step) const;
  std::filesystem::path path_;
  int descriptor_ = -1;
};

}  // namespace cnclip
