// Lines of a file with their ends, which base/lines.h takes off: rows that are kept are copied byte for byte.
#pragma once

#include <filesystem>
#include <fstream>
#include <string>
#include <string_view>

#include "base/error.h"

namespace cnclip::clean {

// Throws bad_input for a file that cannot be read, or a line longer than `limit` bytes.
class Lines {
 public:
  Lines(const std::filesystem::path& file, std::size_t limit)
      : path_(file.string()), file_(file, std::ios::binary), limit_(limit) {
    if (!file_ || std::filesystem::is_directory(file)) throw_bad_input("{}: cannot open", path_);
  }

  // Appends a line to `to`; false at the end.
  bool next(std::string& to) {
    for (;;) {
      if (at_ == buffer_.size() && !fill()) return false;
      const std::size_t end = buffer_.find('\n', at_);
      const bool whole = end != std::string::npos;
      const std::size_t length = (whole ? end + 1 : buffer_.size()) - at_;
      if (to.size() + length > limit_) throw_bad_input("{}: line {} is longer than {} bytes", path_, line_ + 1, limit_);
      to.append(buffer_, at_, length);
      at_ += length;
      if (whole || (at_ == buffer_.size() && !fill())) {
        ++line_;
        return true;
      }
    }
  }
  const std::string& path() const { return path_; }

 private:
  bool fill() {
    buffer_.resize(1 << 20);
    file_.read(buffer_.data(), static_cast<std::streamsize>(buffer_.size()));
    buffer_.resize(static_cast<std::size_t>(file_.gcount()));
    at_ = 0;
    return !buffer_.empty();
  }

  std::string path_;
  std::ifstream file_;
  std::size_t limit_;
  std::string buffer_;
  std::size_t at_ = 0, line_ = 0;
};

inline std::string_view without_end(std::string_view line) {
  if (line.ends_with('\n')) line.remove_suffix(1);
  if (line.ends_with('\r')) line.remove_suffix(1);
  return line;
}

}  // namespace cnclip::clean
