#include "data/formats/image_files.h"

#include <algorithm>

#include "base/error.h"
#include "base/file.h"
#include "data/formats/image_names.h"

namespace cnclip {
namespace {

namespace fs = std::filesystem;

class FileSource : public Source<Sample> {
 public:
  explicit FileSource(std::vector<ImageFile> entries) : entries_(std::move(entries)) {}

  std::optional<Sample> next() override {
    if (at_ == entries_.size()) return {};
    ImageFile& entry = entries_[at_++];
    Sample item;
    item.id = std::move(entry.id);
    item.where = entry.path;
    item.metadata = std::move(entry.metadata);
    try {
      item.bytes = read_file(entry.path, kMaxImageBytes);
    } catch (const Error& error) {
      item.error = error.what();
    }
    return item;
  }
  std::optional<std::size_t> count() const override { return entries_.size(); }

 private:
  std::vector<ImageFile> entries_;
  std::size_t at_ = 0;
};

std::unique_ptr<Source<Sample>> open_part(std::vector<ImageFile> entries, Part part) {
  if (part.of == 1) return std::make_unique<FileSource>(std::move(entries));
  std::vector<ImageFile> mine;
  for (std::size_t i = part.index; i < entries.size(); i += part.of) mine.push_back(std::move(entries[i]));
  return std::make_unique<FileSource>(std::move(mine));
}

}  // namespace

std::unique_ptr<Source<Sample>> open_image_folder(const fs::path& folder, Part part) {
  std::vector<ImageFile> entries;
  try {
    for (const auto& found : fs::recursive_directory_iterator(folder, fs::directory_options::skip_permission_denied)) {
      // What is no file (a link to nothing, say) is listed all the same: reading it says why it is none.
      std::error_code ignored;
      if (is_image_name(found.path().filename().string()) && !found.is_directory(ignored)) {
        entries.push_back({found.path().lexically_relative(folder).string(), found.path(), {}});
      }
    }
  } catch (const fs::filesystem_error& error) {
    throw_bad_input("{}: cannot list: {}", folder.string(), error.code().message());
  }
  if (entries.empty()) throw_bad_input("{}: no pictures in this folder", folder.string());
  std::sort(entries.begin(), entries.end(), [](const ImageFile& a, const ImageFile& b) { return a.id < b.id; });
  return open_part(std::move(entries), part);
}

std::unique_ptr<Source<Sample>> open_image_file(const fs::path& file) {
  return std::make_unique<FileSource>(std::vector<ImageFile>{{file.filename().string(), file, {}}});
}

std::unique_ptr<Source<Sample>> open_image_files(std::vector<ImageFile> files) {
  return std::make_unique<FileSource>(std::move(files));
}

std::unique_ptr<Source<Sample>> open_image_list(const fs::path& list, Part part) {
  const std::string text = read_file(list);
  std::vector<ImageFile> entries;
  for (std::size_t begin = 0; begin < text.size();) {
    const std::size_t end = std::min(text.find('\n', begin), text.size());
    std::string line = text.substr(begin, end - begin);
    begin = end + 1;
    if (!line.empty() && line.back() == '\r') line.pop_back();
    // Relative paths are relative to the list, so that a list can move with its pictures.
    if (!line.empty()) entries.push_back({line, list.parent_path() / line, {}});
  }
  if (entries.empty()) throw_bad_input("{}: no paths in this list", list.string());
  return open_part(std::move(entries), part);
}

}  // namespace cnclip
