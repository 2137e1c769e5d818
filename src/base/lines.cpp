#include "base/lines.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "base/error.h"
#include "base/lfs.h"

namespace cnclip {
namespace {

constexpr std::size_t kBlock = std::size_t{1} << 16;

}  // namespace

LineReader::LineReader(std::string input, std::size_t limit)
    : name_(std::move(input)),
      standard_input_(name_ == "-"),
      limit_(limit),
      descriptor_(standard_input_ ? STDIN_FILENO : ::open(name_.c_str(), O_RDONLY | O_CLOEXEC)) {
  if (descriptor_ < 0) throw_bad_input("{}: cannot open: {}", name_, std::strerror(errno));
  struct stat info {};
  if (::fstat(descriptor_, &info) == 0 && S_ISDIR(info.st_mode)) {
    if (!standard_input_) ::close(descriptor_);
    throw_bad_input("{}: is a folder, a file of lines is needed", name_);
  }
  if (standard_input_) name_ = "standard input";
}

LineReader::~LineReader() {
  if (!standard_input_) ::close(descriptor_);
}

std::string LineReader::place() const {
  return fmt::format("{}: line {}", name_, number_);
}

bool LineReader::fill() {
  at_ = 0;
  buffer_.resize(kBlock);
  for (;;) {
    const ssize_t got = ::read(descriptor_, buffer_.data(), buffer_.size());
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) throw_bad_input("{}: line {}: cannot read: {}", name_, number_ + 1, std::strerror(errno));
    buffer_.resize(static_cast<std::size_t>(got));
    return got > 0;
  }
}

std::optional<std::string_view> LineReader::next() {
  line_.clear();
  cut_ = false;
  for (bool begun = false;; begun = true) {
    if (at_ == buffer_.size() && !fill()) {
      if (!begun) return {};
      break;
    }
    const std::string_view rest = std::string_view(buffer_).substr(at_);
    const std::string_view part = rest.substr(0, rest.find('\n'));
    const std::size_t room = limit_ - line_.size();
    cut_ = cut_ || part.size() > room;
    line_ += part.substr(0, room);
    at_ += part.size();
    if (part.size() == rest.size()) continue;
    ++at_;
    break;
  }
  ++number_;
  if (!cut_ && line_.ends_with('\r')) line_.pop_back();
  if (number_ == 1 && !standard_input_ && is_lfs_pointer(line_)) throw_bad_input("{}: {}", name_, kIsLfsPointer);
  return line_;
}

}  // namespace cnclip
