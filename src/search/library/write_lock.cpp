#include "search/library/write_lock.h"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <string>
#include <utility>

#include "base/error.h"

namespace cnclip::search {

WriteLock::WriteLock(const std::filesystem::path& index) {
  const std::filesystem::path file = index / "lock";
  descriptor_ = ::open(file.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0666);
  if (descriptor_ < 0) throw_bad_input("{}: cannot open: {}", file.string(), std::strerror(errno));
  if (::flock(descriptor_, LOCK_EX | LOCK_NB) != 0) {
    const int reason = errno;
    char holder[32] = {};
    const auto got = ::pread(descriptor_, holder, sizeof holder - 1, 0);
    ::close(descriptor_);
    if (reason != EWOULDBLOCK) throw_bad_input("{}: cannot lock: {}", file.string(), std::strerror(reason));
    const std::string process(holder, static_cast<std::size_t>(std::max<ssize_t>(got, 0)));
    throw_unavailable("{}: process {} is writing this index; searches may go on, a second writer may not",
                      index.string(), process.substr(0, process.find('\n')));
  }
  const std::string self = std::to_string(::getpid()) + "\n";
  // For the message alone: a full disk is no reason not to go on.
  [[maybe_unused]] const bool written =
      ::ftruncate(descriptor_, 0) == 0 && ::pwrite(descriptor_, self.data(), self.size(), 0) > 0;
}

WriteLock::WriteLock(WriteLock&& other) noexcept : descriptor_(std::exchange(other.descriptor_, -1)) {}

WriteLock::~WriteLock() {
  if (descriptor_ >= 0) ::close(descriptor_);
}

}  // namespace cnclip::search
