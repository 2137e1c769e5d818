#include "base/lines.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "base/error.h"
#include "base/lfs.h"

namespace cnclip {
namespace {

constexpr std::size_t kBlock = std::size_t{1} << 18;
constexpr std::size_t kLineGuess = 1024;
constexpr std::size_t kHead = 24;  // holds a byte order mark, and what tells a Git LFS pointer

void drop_carriage_return(std::string& line) {
  if (!line.empty() && line.back() == '\r') line.pop_back();
}

}  // namespace

LineReader::LineReader(const std::filesystem::path& path, std::size_t limit) : name_(path.string()), limit_(limit) {
  if (name_ == "-") {
    name_ = "standard input";
    descriptor_ = ::dup(0);
  } else if (std::filesystem::is_directory(path)) {
    throw_bad_input("{}: is a folder, a file is needed", name_);
  } else {
    descriptor_ = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  }
  if (descriptor_ < 0) throw_bad_input("{}: cannot open: {}", name_, std::strerror(errno));
  while (buffer_.size() < kHead && fill()) {
  }
  if (is_lfs_pointer(buffer_)) {
    ::close(descriptor_);
    throw_bad_input("{}: {}", name_, kIsLfsPointer);
  }
  if (buffer_.starts_with("\xef\xbb\xbf")) begin_ = offset_ = 3;
}

LineReader::~LineReader() {
  ::close(descriptor_);
}

std::string LineReader::place(const Line& line) const {
  return fmt::format("{}: line {}", name_, line.number);
}

// More bytes behind those that are left. False at the end of the file.
bool LineReader::fill() {
  buffer_.erase(0, begin_);
  begin_ = 0;
  const std::size_t had = buffer_.size();
  buffer_.resize(had + kBlock);
  ssize_t got = 0;
  do {
    got = ::read(descriptor_, buffer_.data() + had, kBlock);
  } while (got < 0 && errno == EINTR);
  if (got < 0) throw_bad_input("{}: cannot read: {}", name_, std::strerror(errno));
  buffer_.resize(had + static_cast<std::size_t>(got));
  ended_ = got == 0;
  return !ended_;
}

std::optional<Line> LineReader::next() {
  Line line{{}, offset_, 0, number_ + 1, false};
  std::size_t searched = 0;
  for (;;) {
    const std::size_t end = buffer_.find('\n', begin_ + searched);
    const bool found = end != std::string::npos;
    const std::size_t size = (found ? end : buffer_.size()) - begin_;
    const bool last = !found && ended_;
    if (last && size == 0 && !line.too_long) return {};
    if (size > limit_) line.too_long = true;
    if (found || last) {
      if (!line.too_long) line.text.assign(buffer_, begin_, size);
      begin_ += size + (found ? 1 : 0);
      offset_ += size + (found ? 1 : 0);
      ++number_;
      line.end = offset_;
      drop_carriage_return(line.text);
      return line;
    }
    if (line.too_long) {  // nothing of it is kept
      offset_ += size;
      begin_ = buffer_.size();
    }
    searched = line.too_long ? 0 : size;
    fill();
  }
}

Line LineReader::at(std::uint64_t offset) const {
  Line line{{}, offset, 0, 0, false};
  for (std::size_t block = kLineGuess; line.text.size() <= limit_; block *= 2) {
    const std::size_t had = line.text.size();
    line.text.resize(had + block);
    const ssize_t got = ::pread(descriptor_, line.text.data() + had, block, static_cast<off_t>(offset + had));
    if (got < 0) throw_bad_input("{}: cannot read at byte {}: {}", name_, offset, std::strerror(errno));
    line.text.resize(had + static_cast<std::size_t>(got));
    const std::size_t end = line.text.find('\n', had);
    if (end == std::string::npos && got > 0) continue;
    line.end = offset + (end == std::string::npos ? line.text.size() : end + 1);
    if (end != std::string::npos) line.text.resize(end);
    drop_carriage_return(line.text);
    return line;
  }
  throw_bad_input("{}: byte {}: the line has grown over {} bytes since it was first read", name_, offset, limit_);
}

std::string_view stripped(std::string_view text) {
  constexpr std::string_view kSpace = " \t\n\v\f\r\x1c\x1d\x1e\x1f";
  const std::size_t first = text.find_first_not_of(kSpace);
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(kSpace) - first + 1);
}

}  // namespace cnclip
