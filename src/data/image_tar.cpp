// Tar shards, plain or compressed: every image file in them, in order. The id is the name in the archive.
#include <archive.h>
#include <archive_entry.h>

#include "base/error.h"
#include "data/image_sources.h"

namespace cnclip {
namespace {

bool is_image_name(std::string_view name) {
  for (const std::string_view extension : {".jpg", ".jpeg", ".png", ".webp", ".gif", ".bmp", ".tif", ".tiff"}) {
    if (name.ends_with(extension)) return true;
  }
  return false;
}

class TarSource : public ImageSource {
 public:
  explicit TarSource(std::vector<std::filesystem::path> shards) : shards_(std::move(shards)) {}

  std::optional<ImageItem> next() override {
    for (;;) {
      if (!archive_) {
        if (shard_ == shards_.size()) return {};
        open(shards_[shard_]);
      }
      archive_entry* entry = nullptr;
      const int code = archive_read_next_header(archive_.get(), &entry);
      if (code == ARCHIVE_EOF) {
        archive_.reset();
        ++shard_;
        continue;
      }
      if (code < ARCHIVE_WARN) fail();
      const char* name = archive_entry_pathname(entry);
      if (name == nullptr || archive_entry_filetype(entry) != AE_IFREG || !is_image_name(name)) continue;
      return read(name);
    }
  }

 private:
  using Archive = std::unique_ptr<archive, decltype(&archive_read_free)>;

  void open(const std::filesystem::path& path) {
    archive_ = Archive(archive_read_new(), &archive_read_free);
    archive_read_support_filter_all(archive_.get());
    archive_read_support_format_tar(archive_.get());
    if (archive_read_open_filename(archive_.get(), path.c_str(), 1 << 16) != ARCHIVE_OK) fail();
  }
  ImageItem read(std::string name) {
    ImageItem item{std::move(name), {}, {}};
    char block[1 << 16];
    for (;;) {
      const la_ssize_t got = archive_read_data(archive_.get(), block, sizeof block);
      if (got < 0) fail();
      if (got == 0) return item;
      if (item.bytes.size() + static_cast<std::size_t>(got) > kMaxImageBytes) {
        item.error = fmt::format("{}: more than {} bytes", item.id, kMaxImageBytes);
        item.bytes.clear();
        return item;
      }
      item.bytes.append(block, static_cast<std::size_t>(got));
    }
  }
  [[noreturn]] void fail() {
    const char* reason = archive_error_string(archive_.get());
    throw_bad_input("{}: {}", shards_[shard_].string(), reason != nullptr ? reason : "not a tar file");
  }

  std::vector<std::filesystem::path> shards_;
  std::size_t shard_ = 0;
  Archive archive_{nullptr, &archive_read_free};
};

}  // namespace

std::unique_ptr<ImageSource> open_image_tar(std::vector<std::filesystem::path> shards) {
  return std::make_unique<TarSource>(std::move(shards));
}

}  // namespace cnclip
