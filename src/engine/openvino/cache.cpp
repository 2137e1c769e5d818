#include "engine/openvino/cache.h"

#include <unistd.h>

#include <atomic>
#include <cstring>
#include <fstream>
#include <openvino/core/except.hpp>

#include "base/sha256.h"
#include "cnclip/error.h"

namespace cnclip {
namespace {

constexpr std::string_view kMagic = "cnclip compiled 1\n";
constexpr std::size_t kDigest = 64;
constexpr std::size_t kTrailer = kMagic.size() + kDigest;

std::string digest_of(const MappedFile& file, std::size_t size) {
  // In slices, so that a large file passes through memory instead of filling it.
  constexpr std::size_t kSlice = std::size_t{1} << 24;
  Sha256 sha;
  for (std::size_t at = 0; at < size; at += kSlice) {
    const std::size_t length = std::min(kSlice, size - at);
    sha.update({file.slice(at, length).get(), length});
  }
  return sha.hex();
}

}  // namespace

std::shared_ptr<const MappedFile> open_cached(const std::filesystem::path& file, std::size_t& size) {
  try {
    auto mapped = MappedFile::open(file);
    if (mapped->size() <= kTrailer) return {};
    size = mapped->size() - kTrailer;
    const std::string trailer = std::string(kMagic) + digest_of(*mapped, size);
    if (std::memcmp(mapped->bytes().data() + size, trailer.data(), kTrailer) != 0) return {};
    return mapped;
  } catch (const Error&) {
    return {};
  }
}

bool store_cached(const std::filesystem::path& file, ov::CompiledModel& model) {
  // OpenVINO seeks while it writes, which AtomicFile does not offer. No sync: the digest tells a file that was lost
  // half-way from a whole one.
  static std::atomic<unsigned> counter{0};
  std::filesystem::path temporary = file;
  temporary += ".tmp-" + std::to_string(::getpid()) + "-" + std::to_string(counter++);
  std::error_code ignored;
  bool stored = false;
  try {
    std::filesystem::create_directories(file.parent_path(), ignored);
    std::ofstream out(temporary, std::ios::binary);
    if (out) model.export_model(out);
    out.flush();
    if (out) {
      const auto mapped = MappedFile::open(temporary);
      out.seekp(0, std::ios::end);  // the export ends by filling in its head
      out << kMagic << digest_of(*mapped, mapped->size());
      out.close();
      if (out) {
        std::error_code failed;
        std::filesystem::rename(temporary, file, failed);
        stored = !failed;
      }
    }
  } catch (const ov::Exception&) {  // the stream failed in the middle
  } catch (const Error&) {          // the temporary file has vanished
  }
  if (!stored) std::filesystem::remove(temporary, ignored);
  return stored;
}

}  // namespace cnclip
