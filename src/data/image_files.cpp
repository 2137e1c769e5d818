// Folders, single pictures and lists of paths.
#include <algorithm>
#include <array>
#include <cctype>

#include "base/error.h"
#include "base/file.h"
#include "base/lines.h"
#include "data/image_sources.h"

namespace cnclip {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kMaxPath = 8192;  // no system opens longer ones

struct Entry {
  std::string id;
  fs::path path;
};

class FileSource : public ImageSource {
 public:
  explicit FileSource(std::vector<Entry> entries) : entries_(std::move(entries)) {}

  std::optional<ImageItem> next() override {
    if (at_ == entries_.size()) return {};
    const Entry& entry = entries_[at_++];
    ImageItem item{entry.id, {}, {}};
    try {
      item.bytes = read_file(entry.path, kMaxImageBytes);
    } catch (const Error& error) {
      item.error = error.what();
    }
    return item;
  }
  std::optional<std::size_t> count() const override { return entries_.size(); }

 private:
  std::vector<Entry> entries_;
  std::size_t at_ = 0;
};

bool looks_like_image(const fs::path& path) {
  static constexpr std::array<std::string_view, 17> kExtensions = {".jpg",  ".jpeg", ".png",  ".webp", ".gif", ".bmp",
                                                                   ".tif",  ".tiff", ".ppm",  ".pgm",  ".pbm", ".pnm",
                                                                   ".heic", ".heif", ".avif", ".jfif", ".jpe"};
  std::string extension = path.extension().string();
  std::transform(extension.begin(), extension.end(), extension.begin(),
                 [](unsigned char c) { return std::tolower(c); });
  return std::find(kExtensions.begin(), kExtensions.end(), extension) != kExtensions.end();
}

}  // namespace

std::unique_ptr<ImageSource> open_image_folder(const fs::path& folder) {
  std::vector<Entry> entries;
  try {
    for (const auto& found : fs::recursive_directory_iterator(folder, fs::directory_options::skip_permission_denied)) {
      // What is no file (a link to nothing, say) is listed all the same: reading it says why it is none.
      std::error_code ignored;
      if (looks_like_image(found.path()) && !found.is_directory(ignored)) {
        entries.push_back({found.path().lexically_relative(folder).string(), found.path()});
      }
    }
  } catch (const fs::filesystem_error& error) {
    throw_bad_input("{}: cannot list: {}", folder.string(), error.code().message());
  }
  if (entries.empty()) throw_bad_input("{}: no pictures in this folder", folder.string());
  std::sort(entries.begin(), entries.end(), [](const Entry& a, const Entry& b) { return a.id < b.id; });
  return std::make_unique<FileSource>(std::move(entries));
}

std::unique_ptr<ImageSource> open_image_file(const fs::path& file) {
  return std::make_unique<FileSource>(std::vector<Entry>{{file.filename().string(), file}});
}

std::unique_ptr<ImageSource> open_image_list(const fs::path& list) {
  LineReader lines(list.string(), kMaxPath);
  std::vector<Entry> entries;
  while (const auto line = lines.next()) {
    // Relative paths are relative to the list, so that a list can move with its pictures.
    if (!line->empty()) entries.push_back({std::string(*line), list.parent_path() / *line});
  }
  if (entries.empty()) throw_bad_input("{}: no paths in this list", list.string());
  return std::make_unique<FileSource>(std::move(entries));
}

}  // namespace cnclip
