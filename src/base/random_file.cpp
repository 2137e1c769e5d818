#include "base/random_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "base/error.h"

namespace cnclip {

RandomFile::RandomFile(const std::filesystem::path& path)
    : name_(path.string()), descriptor_(::open(path.c_str(), O_RDONLY | O_CLOEXEC)) {
  if (descriptor_ < 0) throw_bad_input("{}: cannot open: {}", name_, std::strerror(errno));
  struct stat status {};
  if (::fstat(descriptor_, &status) == 0) size_ = static_cast<std::uint64_t>(status.st_size);
  // The system need not read ahead what nobody asks for.
  ::posix_fadvise(descriptor_, 0, 0, POSIX_FADV_RANDOM);
}

RandomFile::~RandomFile() {
  ::close(descriptor_);
}

std::string RandomFile::read(std::uint64_t offset, std::size_t size) const {
  if (offset > size_ || size > size_ - offset) {
    throw_bad_input("{}: cut short: {} bytes from byte {} on are needed, the file has {}", name_, size, offset, size_);
  }
  std::string bytes(size, '\0');
  std::size_t done = 0;
  while (done < size) {
    const ssize_t got = ::pread(descriptor_, bytes.data() + done, size - done, static_cast<off_t>(offset + done));
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) throw_bad_input("{}: cannot read at byte {}: {}", name_, offset, std::strerror(errno));
    if (got == 0) throw_bad_input("{}: was cut short while it was read, at byte {}", name_, offset + done);
    done += static_cast<std::size_t>(got);
  }
  return bytes;
}

}  // namespace cnclip
