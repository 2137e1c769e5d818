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
    while (shard_ < shards_.size()) {
      if (!archive_ && !open(shards_[shard_])) return broken(shards_[shard_].filename().string());
      archive_entry* entry = nullptr;
      const int code = archive_read_next_header(archive_.get(), &entry);
      if (code == ARCHIVE_EOF) {
        archive_.reset();
        ++shard_;
        continue;
      }
      if (code < ARCHIVE_WARN) return broken(shards_[shard_].filename().string());
      const char* name = archive_entry_pathname(entry);
      if (name == nullptr || archive_entry_filetype(entry) != AE_IFREG || !is_image_name(name)) continue;
      return read(name);
    }
    return {};
  }

 private:
  using Archive = std::unique_ptr<archive, decltype(&archive_read_free)>;

  bool open(const std::filesystem::path& path) {
    archive_ = Archive(archive_read_new(), &archive_read_free);
    // Those that libarchive unpacks itself: for others it would start programs.
    archive_read_support_filter_gzip(archive_.get());
    archive_read_support_filter_bzip2(archive_.get());
    archive_read_support_filter_xz(archive_.get());
    archive_read_support_filter_zstd(archive_.get());
    archive_read_support_format_tar(archive_.get());
    return archive_read_open_filename(archive_.get(), path.c_str(), 1 << 16) == ARCHIVE_OK;
  }
  ImageItem read(std::string name) {
    ImageItem item{std::move(name), {}, {}};
    char block[1 << 16];
    for (;;) {
      const la_ssize_t got = archive_read_data(archive_.get(), block, sizeof block);
      if (got < 0) return broken(item.id);
      if (got == 0) return item;
      if (item.bytes.size() + static_cast<std::size_t>(got) > kMaxImageBytes) {
        item.error = fmt::format("{}: more than {} bytes", item.id, kMaxImageBytes);
        item.bytes.clear();
        return item;
      }
      item.bytes.append(block, static_cast<std::size_t>(got));
    }
  }
  // What stands for the rest of a broken shard, before the next one.
  ImageItem broken(std::string id) {
    const char* reason = archive_error_string(archive_.get());
    const std::string message =
        fmt::format("{}: {}", shards_[shard_].string(), reason != nullptr ? reason : "not a tar file");
    if (shards_.size() == 1) throw_bad_input("{}", message);
    archive_.reset();
    ++shard_;
    return {std::move(id), {}, message};
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
