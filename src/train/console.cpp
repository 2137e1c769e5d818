#include "train/console.h"

#include <unistd.h>

#include <cstdio>

namespace cnclip {

Console::Console(bool speaks) : speaks_(speaks), terminal_(::isatty(STDERR_FILENO) != 0) {}

bool Console::wants_progress() const {
  const auto pause = terminal_ ? std::chrono::milliseconds(250) : std::chrono::milliseconds(10'000);
  return speaks_ && std::chrono::steady_clock::now() - last_ > pause;
}

void Console::progress(const std::string& line) {
  std::fprintf(stderr, terminal_ ? "\r\033[K%s" : "%s\n", line.c_str());
  open_line_ = terminal_;
  last_ = std::chrono::steady_clock::now();
}

void Console::line(const std::string& line) {
  if (!speaks_) return;
  std::fprintf(stderr, open_line_ ? "\r\033[K%s\n" : "%s\n", line.c_str());
  open_line_ = false;
}

}  // namespace cnclip
