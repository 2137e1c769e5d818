// Lines of text files of any size: in order, and again by their offset.
#pragma once

#include <filesystem>
#include <optional>
#include <string>

namespace cnclip {

struct Line {
  std::string text;  // without its end (LF or CR LF)
  std::uint64_t offset = 0;
  std::uint64_t end = 0;   // where the next line begins
  std::size_t number = 0;  // from 1; 0 for one that was read by its offset
  bool too_long = false;   // more than `limit` bytes: the text is left out
};

class LineReader {
 public:
  // "-" is standard input. A byte order mark at the start is skipped. Throws bad_input when it cannot be opened, or
  // is a Git LFS pointer.
  LineReader(const std::filesystem::path& path, std::size_t limit);
  ~LineReader();
  LineReader(const LineReader&) = delete;
  LineReader& operator=(const LineReader&) = delete;

  std::optional<Line> next();
  // The line that begins at `offset`; next() goes on undisturbed. Throws bad_input when the file has changed.
  Line at(std::uint64_t offset) const;
  const std::string& name() const { return name_; }
  std::string place(const Line& line) const;  // "texts.txt: line 3", for messages

 private:
  bool fill();

  std::string name_;
  std::size_t limit_;
  int descriptor_ = -1;
  std::string buffer_;
  std::size_t begin_ = 0;     // of what is not yet given, in buffer_
  std::uint64_t offset_ = 0;  // of begin_, in the file
  std::size_t number_ = 0;
  bool ended_ = false;
};

// Python's str.strip() for ASCII: the official packer strips lines.
std::string_view stripped(std::string_view text);

}  // namespace cnclip
