// What the person who waits for a run sees.
#pragma once

#include <chrono>
#include <string>

namespace cnclip {

// To the standard error. On a terminal, a line of progress takes the place of the one before; elsewhere one comes every
// ten seconds.
class Console {
 public:
  explicit Console(bool speaks);  // one rank does
  bool wants_progress() const;
  void progress(const std::string& line);
  void line(const std::string& line);

 private:
  bool speaks_, terminal_, open_line_ = false;
  std::chrono::steady_clock::time_point last_{};
};

}  // namespace cnclip
