#include "search/indexing/read_picture.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "base/error.h"
#include "base/sha256.h"
#include "data/formats/record.h"
#include "image/codecs.h"
#include "image/encode_jpeg.h"
#include "image/jpeg.h"
#include "image/perceptual_hash.h"
#include "image/thumbnail.h"
#include "search/indexing/scan.h"

namespace cnclip::search {
namespace {

constexpr int kAttempts = 3;
constexpr int kThumbnailQuality = 80;

// A file that cannot be read now may be readable the next time, though nothing of it has changed: no file is of that
// time, so it is tried again.
constexpr std::int64_t kNever = -2;

bool same_file(const struct stat& a, const struct stat& b) {
  return a.st_dev == b.st_dev && a.st_ino == b.st_ino && a.st_size == b.st_size &&
         a.st_mtim.tv_sec == b.st_mtim.tv_sec && a.st_mtim.tv_nsec == b.st_mtim.tv_nsec;
}

enum class Reading { done, failed, changed };

// Into `bytes`, or into the picture's error.
Reading read_once(const std::string& location, ReadPicture& picture, std::string& bytes) {
  const auto failed = [&](const char* step) {
    picture.error = fmt::format("{}: {}: {}", location, step, std::strerror(errno));
    picture.file.modified = kNever;
    return Reading::failed;
  };
  // What is no file must not make us wait for whoever is at its other end.
  const int descriptor = ::open(location.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  if (descriptor < 0) return failed("cannot open");
  struct Closer {
    int descriptor;
    ~Closer() { ::close(descriptor); }
  } const closer{descriptor};
  struct stat before {
  }, after{};
  if (::fstat(descriptor, &before) != 0) return failed("cannot stat");
  if (!S_ISREG(before.st_mode)) {
    picture.error = fmt::format("{}: is no regular file", location);
    return Reading::failed;
  }
  picture.file.bytes = before.st_size;
  picture.file.modified = modified_of(before);
  if (static_cast<std::size_t>(before.st_size) > kMaxImageBytes) {
    picture.error = fmt::format("{}: has {} bytes, the limit is {}", location, before.st_size, kMaxImageBytes);
    return Reading::failed;
  }
  bytes.resize(static_cast<std::size_t>(before.st_size));
  for (std::size_t at = 0; at < bytes.size();) {
    const ssize_t got = ::read(descriptor, bytes.data() + at, bytes.size() - at);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return failed("cannot read");
    if (got == 0) return Reading::changed;
    at += static_cast<std::size_t>(got);
  }
  if (::stat(location.c_str(), &after) != 0 || !same_file(before, after)) return Reading::changed;
  return Reading::done;
}

}  // namespace

void read_bytes(std::string_view bytes, const std::string& name, const Transform& transform,
                const HasVector& has_vector, ReadPicture& picture) {
  const auto raw = std::as_bytes(std::span(bytes));
  picture.content.hash = sha256_hex(raw);
  picture.has_vector = has_vector(picture.content.hash);
  if (picture.has_vector) return;
  try {
    DecodeOptions options;
    options.fast = transform.fast_decode;
    options.target_size = std::max(transform.image_size, kThumbnailSide);
    Image image = decode_image(raw, name, options);
    const int orientation = orientation_left(raw, options);
    if (transform.described) {
      const Image small = oriented(thumbnail(image, kThumbnailSide), orientation);
      // Fast decoding may have made it smaller.
      const PictureSize size =
          options.fast && is_jpeg(raw) ? JpegReader::size_of(raw, name) : PictureSize{image.width, image.height};
      picture.content.width = orientation >= 5 ? size.height : size.width;
      picture.content.height = orientation >= 5 ? size.width : size.height;
      picture.content.look = perceptual_hash(small);
      picture.content.thumbnail = encode_jpeg(small, kThumbnailQuality);
    }
    if (transform.oriented) image = oriented(std::move(image), orientation);
    picture.pixels.resize(3 * static_cast<std::size_t>(transform.image_size) *
                          static_cast<std::size_t>(transform.image_size));
    preprocess_u8(image, transform.image_size, picture.pixels);
  } catch (const Error& error) {
    if (error.category() != ErrorCategory::bad_input) throw;
    picture.error = error.what();
  } catch (const std::bad_alloc&) {
    picture.error = fmt::format("{}: not enough memory for this picture", name);
  }
  if (!picture.error.empty()) picture.pixels.clear();
}

void read_file_of(const std::string& location, const Transform& transform, const HasVector& has_vector,
                  ReadPicture& picture) {
  std::string bytes;
  for (int attempt = 0; attempt < kAttempts; ++attempt) {
    picture.file = picture.known.file;
    switch (read_once(location, picture, bytes)) {
      case Reading::done: read_bytes(bytes, location, transform, has_vector, picture); return;
      case Reading::failed: return;
      case Reading::changed: break;
    }
  }
  picture.unsteady = true;
}

}  // namespace cnclip::search
