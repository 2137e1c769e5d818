#include "base/file.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <cstring>

#include "base/error.h"

namespace cnclip {
namespace {

constexpr std::size_t kWriteBuffer = std::size_t{1} << 20;

namespace fs = std::filesystem;

class Descriptor {
 public:
  // Not blocking: to open a named pipe that nobody writes to would wait for ever.
  explicit Descriptor(const fs::path& path) : fd_(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK)) {
    if (fd_ < 0) throw_bad_input("{}: cannot open: {}", path.string(), std::strerror(errno));
  }
  ~Descriptor() { ::close(fd_); }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  int get() const { return fd_; }

  std::size_t regular_size(const fs::path& path) const {
    struct stat info {};
    if (::fstat(fd_, &info) != 0) throw_bad_input("{}: cannot stat: {}", path.string(), std::strerror(errno));
    if (S_ISDIR(info.st_mode)) throw_bad_input("{}: is a folder, a file is needed", path.string());
    if (!S_ISREG(info.st_mode)) throw_bad_input("{}: is not a regular file", path.string());
    return static_cast<std::size_t>(info.st_size);
  }

 private:
  int fd_;
};

void write_fully(int fd, const char* data, std::size_t size, off_t offset, bool positioned, bool& failed) {
  failed = false;
  while (size > 0) {
    const ssize_t done = positioned ? ::pwrite(fd, data, size, offset) : ::write(fd, data, size);
    if (done < 0 && errno == EINTR) continue;
    if (done <= 0) {
      failed = true;
      return;
    }
    data += done;
    offset += done;
    size -= static_cast<std::size_t>(done);
  }
}

fs::path folder_of(const fs::path& path) {
  return path.has_parent_path() ? path.parent_path() : fs::path(".");
}

// Beside `path`, of this process and call alone.
fs::path temporary_name(fs::path path) {
  static std::atomic<unsigned> counter{0};
  path += fmt::format(".tmp-{}-{}", ::getpid(), counter++);
  return path;
}

void sync_folder(const fs::path& folder) {
  const int handle = ::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (handle < 0) return;
  ::fsync(handle);
  ::close(handle);
}

}  // namespace

std::string read_file(const fs::path& path, std::size_t limit) {
  const Descriptor file(path);
  const std::size_t size = file.regular_size(path);
  if (size > limit) throw_bad_input("{}: {} bytes, the limit is {}", path.string(), size, limit);
  std::string content(size, '\0');
  std::size_t done = 0;
  while (done < size) {
    const ssize_t got = ::read(file.get(), content.data() + done, size - done);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) throw_bad_input("{}: cannot read: {}", path.string(), std::strerror(errno));
    if (got == 0) break;  // it shrank meanwhile
    done += static_cast<std::size_t>(got);
  }
  content.resize(done);
  return content;
}

MappedFile::MappedFile(fs::path path, const std::byte* data, std::size_t size)
    : path_(std::move(path)), data_(data), size_(size) {}

std::shared_ptr<const MappedFile> MappedFile::open(const fs::path& path) {
  const Descriptor file(path);
  const std::size_t size = file.regular_size(path);
  void* data = nullptr;
  if (size > 0) {
    data = ::mmap(nullptr, size, PROT_READ, MAP_PRIVATE, file.get(), 0);
    if (data == MAP_FAILED) throw_bad_input("{}: cannot map {} bytes: {}", path.string(), size, std::strerror(errno));
  }
  return std::shared_ptr<const MappedFile>(new MappedFile(path, static_cast<const std::byte*>(data), size));
}

MappedFile::~MappedFile() {
  if (data_ != nullptr) ::munmap(const_cast<std::byte*>(data_), size_);
}

std::shared_ptr<const std::byte> MappedFile::slice(std::size_t offset, std::size_t length) const {
  if (offset > size_ || length > size_ - offset) {
    throw_bad_input("{}: {} bytes at offset {} lie outside the file of {} bytes", path_.string(), length, offset,
                    size_);
  }
  return {data_ + offset, [file = shared_from_this(), length](const std::byte* begin) {
            static const auto page = static_cast<std::uintptr_t>(::sysconf(_SC_PAGESIZE));
            const auto first = (reinterpret_cast<std::uintptr_t>(begin) + page - 1) / page * page;
            const auto last = (reinterpret_cast<std::uintptr_t>(begin) + length) / page * page;
            if (last > first) ::madvise(reinterpret_cast<void*>(first), last - first, MADV_DONTNEED);
          }};
}

AtomicFile::AtomicFile(fs::path path) : path_(std::move(path)), temporary_(temporary_name(path_)) {
  if (!path_.has_filename()) throw_bad_input("\"{}\": is not the name of a file", path_.string());
  std::error_code ignored;
  const fs::file_status there = fs::status(path_, ignored);
  if (fs::is_directory(there)) throw_bad_input("{}: is a folder, a file is to be written", path_.string());
  if (fs::exists(there) && !fs::is_regular_file(there)) {  // the rename would put a file in place of a device
    throw_bad_input("{}: is no regular file, and is not replaced", path_.string());
  }
  if (::access("/proc/self/fd", X_OK) == 0) {  // through which commit() gives it a name
    descriptor_ = ::open(folder_of(path_).c_str(), O_WRONLY | O_TMPFILE | O_CLOEXEC, 0644);
  }
  if (descriptor_ >= 0) return;
  descriptor_ = ::open(temporary_.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644);
  if (descriptor_ < 0) fail("create");
  has_name_ = true;
}

AtomicFile::~AtomicFile() {
  if (descriptor_ >= 0) ::close(descriptor_);
  if (has_name_) ::unlink(temporary_.c_str());
}

void AtomicFile::fail(std::string_view step) const {
  throw_bad_input("{}: cannot {}: {}", path_.string(), step, std::strerror(errno));
}

void AtomicFile::flush() {
  bool failed = false;
  write_fully(descriptor_, buffer_.data(), buffer_.size(), 0, false, failed);
  if (failed) fail("write");
  buffer_.clear();
}

void AtomicFile::write(std::string_view text) {
  size_ += text.size();
  if (buffer_.size() + text.size() > kWriteBuffer) flush();
  if (text.size() < kWriteBuffer) {
    buffer_ += text;
    return;
  }
  bool failed = false;
  write_fully(descriptor_, text.data(), text.size(), 0, false, failed);
  if (failed) fail("write");
}

void AtomicFile::write(std::span<const std::byte> bytes) {
  write(std::string_view(reinterpret_cast<const char*>(bytes.data()), bytes.size()));
}

void AtomicFile::write_at(std::size_t offset, std::string_view text) {
  flush();
  bool failed = false;
  write_fully(descriptor_, text.data(), text.size(), static_cast<off_t>(offset), true, failed);
  if (failed) fail("write");
}

void AtomicFile::sync() {
  flush();
  if (::fsync(descriptor_) != 0) fail("sync");
}

void AtomicFile::commit() {
  sync();
  if (!has_name_) {
    const std::string self = fmt::format("/proc/self/fd/{}", descriptor_);
    if (::linkat(AT_FDCWD, self.c_str(), AT_FDCWD, temporary_.c_str(), AT_SYMLINK_FOLLOW) != 0) fail("name");
    has_name_ = true;
  }
  ::close(std::exchange(descriptor_, -1));
  if (::rename(temporary_.c_str(), path_.c_str()) != 0) fail("rename to its final name");
  has_name_ = false;
  sync_folder(folder_of(path_));
}

void write_file(const fs::path& path, std::string_view text) {
  AtomicFile file(path);
  file.write(text);
  file.commit();
}

namespace {

// Calls `fill` and `publish`, which does away with `staging`; whatever they throw leaves nothing in `staging`, and
// names `target` in its place.
void fill_and_publish(const fs::path& staging, const fs::path& target, const std::function<void(const fs::path&)>& fill,
                      const std::function<void()>& publish) {
  std::error_code ignored;
  const auto remove = [&] { fs::remove_all(staging, ignored); };
  try {
    fs::create_directory(staging);
    fill(staging);
    publish();
  } catch (const fs::filesystem_error& error) {
    remove();
    throw_bad_input("{}: cannot write: {}", target.string(), error.code().message());
  } catch (const Error& error) {
    remove();
    std::string message = error.what();
    if (const std::size_t at = message.find(staging.string()); at != std::string::npos) {
      message.replace(at, staging.string().size(), target.string());
    }
    throw Error(error.category(), message);
  } catch (...) {
    remove();
    throw;
  }
  sync_folder(folder_of(target));
}

fs::path without_slash(const fs::path& path) {
  const fs::path target = path.has_filename() ? path : path.parent_path();
  if (target.empty()) throw_bad_input("\"\": is not the name of a folder");
  return target;
}

// `a` and `b` become each other, at once where the file system can do that.
void exchange(const fs::path& a, const fs::path& b) {
  if (::renameat2(AT_FDCWD, a.c_str(), AT_FDCWD, b.c_str(), RENAME_EXCHANGE) == 0) return;
  if (errno != EINVAL && errno != ENOSYS) {
    throw fs::filesystem_error("exchange", b, std::error_code(errno, std::generic_category()));
  }
  const fs::path aside = temporary_name(b);
  fs::rename(b, aside);
  std::error_code failed;
  fs::rename(a, b, failed);
  fs::rename(aside, failed ? b : a);
  if (failed) throw fs::filesystem_error("rename", b, failed);
}

}  // namespace

void write_folder(const fs::path& path, const std::function<void(const fs::path&)>& fill) {
  const fs::path target = without_slash(path);
  std::error_code ignored;
  const bool fresh = !fs::exists(target, ignored);
  const fs::path staging = temporary_name(fresh ? target : target / "new");
  fill_and_publish(staging, target, fill, [&] {
    if (fresh) return fs::rename(staging, target);
    for (const auto& made : fs::directory_iterator(staging)) fs::rename(made, target / made.path().filename());
    fs::remove(staging);
  });
}

void replace_folder(const fs::path& path, const std::function<void(const fs::path&)>& fill) {
  std::error_code failed;
  const fs::path target = fs::canonical(path, failed);  // of a link, what it points to
  if (failed) throw_bad_input("{}: {}", path.string(), failed.message());
  const fs::path staging = temporary_name(target);
  fill_and_publish(staging, target, fill, [&] {
    exchange(staging, target);
    std::error_code ignored;
    fs::remove_all(staging, ignored);
  });
}

}  // namespace cnclip
