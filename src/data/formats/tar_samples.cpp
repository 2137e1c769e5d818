#include "data/formats/tar_samples.h"

#include <archive.h>
#include <archive_entry.h>

#include <algorithm>
#include <deque>

#include "base/error.h"
#include "data/formats/image_names.h"
#include "text/utf8.h"

namespace cnclip {
namespace {

namespace fs = std::filesystem;

// The files of one archive. Errors of the archive throw bad_input.
class TarReader {
 public:
  explicit TarReader(const fs::path& path) : name_(path.string()), archive_(archive_read_new(), &archive_read_free) {
    // Those that libarchive unpacks itself: for others it would start programs.
    archive_read_support_filter_gzip(archive_.get());
    archive_read_support_filter_bzip2(archive_.get());
    archive_read_support_filter_xz(archive_.get());
    archive_read_support_filter_zstd(archive_.get());
    archive_read_support_format_tar(archive_.get());
    if (archive_read_open_filename(archive_.get(), path.c_str(), 1 << 16) != ARCHIVE_OK) fail();
  }

  // The name of the next regular file.
  std::optional<std::string> next() {
    for (;;) {
      archive_entry* entry = nullptr;
      const int code = archive_read_next_header(archive_.get(), &entry);
      if (code == ARCHIVE_EOF) return {};
      if (code < ARCHIVE_WARN) fail();
      const char* name = archive_entry_pathname(entry);
      if (name != nullptr && archive_entry_filetype(entry) == AE_IFREG) return name;
    }
  }

  // Its content; nothing when that is more than `limit` bytes.
  std::optional<std::string> read(std::size_t limit) {
    std::string content;
    char block[1 << 16];
    for (;;) {
      const la_ssize_t got = archive_read_data(archive_.get(), block, sizeof block);
      if (got < 0) fail();
      if (got == 0) return content;
      if (content.size() + static_cast<std::size_t>(got) > limit) return {};
      content.append(block, static_cast<std::size_t>(got));
    }
  }

 private:
  [[noreturn]] void fail() {
    const char* reason = archive_error_string(archive_.get());
    throw_bad_input("{}: {}", name_, reason != nullptr ? reason : "not a tar file");
  }

  std::string name_;
  std::unique_ptr<archive, decltype(&archive_read_free)> archive_;
};

std::string_view key_of(std::string_view name) {
  const std::size_t folder = name.rfind('/') == std::string_view::npos ? 0 : name.rfind('/') + 1;
  return name.substr(0, std::min(name.find('.', folder), name.size()));
}

class TarSamples : public Source<Sample> {
 public:
  TarSamples(std::vector<fs::path> shards, bool pictures) : shards_(std::move(shards)), pictures_(pictures) {}

  std::optional<Sample> next() override {
    while (ready_.empty() && shard_ < shards_.size()) advance();
    if (ready_.empty()) return {};
    Sample sample = std::move(ready_.front());
    ready_.pop_front();
    return sample;
  }

 private:
  struct Picture {
    std::string name, bytes, error;
  };
  // Files of one key.
  struct Group {
    std::string key;
    std::vector<Picture> pictures;
    std::optional<std::string> caption;
    Sample described;  // what the JSON says
    bool has_json = false;
  };

  std::string where(std::string_view key) const { return fmt::format("{}: {}", shards_[shard_].string(), key); }

  void advance() {
    try {
      if (!reader_) reader_ = std::make_unique<TarReader>(shards_[shard_]);
      const auto name = reader_->next();
      if (!name || key_of(*name) != group_.key) close_group();
      if (name) {
        group_.key = key_of(*name);
        add(*name);
      } else {
        end_shard();
      }
    } catch (const Error& error) {
      Sample broken;
      broken.where = broken.id = shards_[shard_].string();
      broken.error = group_.key.empty() ? error.what() : fmt::format("{} (in sample {})", error.what(), group_.key);
      group_ = {};  // its files may be cut
      ready_.push_back(std::move(broken));
      end_shard();
    }
  }

  void end_shard() {
    reader_.reset();
    ++shard_;
  }

  void add(const std::string& name) {
    if (is_image_name(name) || name.ends_with(".img")) {
      Picture picture{name, {}, {}};
      if (pictures_) {
        if (auto bytes = reader_->read(kMaxImageBytes))
          picture.bytes = std::move(*bytes);
        else
          picture.error = fmt::format("{}: more than {} bytes", where(name), kMaxImageBytes);
      }
      group_.pictures.push_back(std::move(picture));
    } else if (name.ends_with(".json")) {
      group_.has_json = true;
      const auto json = reader_->read(kMaxTextBytes);
      const std::string problem = json ? read_sample_json(*json, group_.described) : "too long";
      if (!problem.empty()) group_.described.error = fmt::format("{}: {}", where(name), problem);
    } else if (name.ends_with(".txt")) {
      group_.caption = reader_->read(kMaxTextBytes);
      if (group_.caption && !is_utf8(*group_.caption)) {
        group_.described.error = fmt::format("{}: is not UTF-8", where(name));
      }
    }
  }

  void close_group() {
    Group group = std::exchange(group_, {});
    Sample& sample = group.described;
    if (sample.captions.empty() && group.caption) sample.captions.push_back({{}, std::move(*group.caption)});
    if (group.pictures.empty()) {
      if (!group.has_json && !group.caption) return;  // not a sample
      group.pictures.push_back({group.key, {}, fmt::format("{}: no image beside its caption", where(group.key))});
    }
    for (std::size_t i = 0; i < group.pictures.size(); ++i) {
      Picture& picture = group.pictures[i];
      Sample each = sample;
      if (i > 0 || each.id.empty()) each.id = i > 0 ? picture.name : group.key;
      each.where = where(picture.name);
      if (!picture.error.empty()) each.error = std::move(picture.error);
      if (each.error.empty()) each.bytes = std::move(picture.bytes);
      ready_.push_back(std::move(each));
    }
  }

  std::vector<fs::path> shards_;
  bool pictures_;
  std::size_t shard_ = 0;
  std::unique_ptr<TarReader> reader_;
  Group group_;
  std::deque<Sample> ready_;
};

}  // namespace

bool is_tar_name(std::string_view name) {
  return name.ends_with(".tar") || name.ends_with(".tar.gz") || name.ends_with(".tgz");
}

std::vector<fs::path> tar_files_in(const fs::path& folder) {
  std::vector<fs::path> shards;
  for (const auto& entry : fs::directory_iterator(folder)) {
    if (is_tar_name(entry.path().filename().string())) shards.push_back(entry.path());
  }
  std::sort(shards.begin(), shards.end());
  return shards;
}

std::unique_ptr<Source<Sample>> open_tar_samples(std::vector<fs::path> shards, bool pictures) {
  return std::make_unique<TarSamples>(std::move(shards), pictures);
}

}  // namespace cnclip
