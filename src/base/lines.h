// A text file, or standard input, line by line.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace cnclip {

class LineReader {
 public:
  // `input`: a path, or "-" for standard input. No more than `limit` bytes of a line are kept. Throws bad_input when it
  // cannot be opened; next() throws it, naming the line, when it cannot be read or the file is a Git LFS pointer.
  LineReader(std::string input, std::size_t limit);
  ~LineReader();
  LineReader(const LineReader&) = delete;
  LineReader& operator=(const LineReader&) = delete;

  // The next line without its end (\n or \r\n), valid until the next call; nothing at the end.
  std::optional<std::string_view> next();
  std::size_t number() const { return number_; }  // of that line, counted from 1
  std::string place() const;                      // "texts.txt: line 3", for messages
  bool cut() const { return cut_; }               // that line was longer than the limit; its rest is passed over

 private:
  bool fill();

  std::string name_;
  bool standard_input_;
  std::size_t limit_;
  int descriptor_;
  std::string buffer_, line_;
  std::size_t at_ = 0;  // of what is unread in buffer_
  std::size_t number_ = 0;
  bool cut_ = false;
};

}  // namespace cnclip
