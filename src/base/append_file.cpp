#include "base/append_file.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "base/error.h"

namespace cnclip {

AppendFile::AppendFile(std::filesystem::path path)
    : path_(std::move(path)), descriptor_(::open(path_.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644)) {
  if (descriptor_ < 0) fail("open");
}

AppendFile::~AppendFile() {
  if (descriptor_ >= 0) ::close(descriptor_);
}

void AppendFile::fail(std::string_view step) const {
  throw_bad_input("{}: cannot {}: {}", path_.string(), step, std::strerror(errno));
}

void AppendFile::write(std::string_view text) {
  const off_t before = ::lseek(descriptor_, 0, SEEK_END);
  while (!text.empty()) {
    const ssize_t written = ::write(descriptor_, text.data(), text.size());
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) {
      const int reason = errno;
      [[maybe_unused]] const int ignored = ::ftruncate(descriptor_, before);
      errno = reason;
      fail("write");
    }
    text.remove_prefix(static_cast<std::size_t>(written));
  }
}

void AppendFile::sync() {
  if (::fsync(descriptor_) != 0) fail("sync");
}

}  // namespace cnclip
