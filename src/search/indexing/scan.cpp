#include "search/indexing/scan.h"

#include <dirent.h>
#include <fcntl.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <memory>

#include "base/error.h"
#include "base/lines.h"
#include "data/formats/image_names.h"
#include "data/formats/tar_samples.h"

namespace cnclip::search {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kLongestLine = 64 << 10;

FoundFile found(std::string path, const struct stat& info) {
  return {std::move(path), S_ISREG(info.st_mode) ? static_cast<std::int64_t>(info.st_size) : -1, modified_of(info)};
}

struct Entry {
  std::string name;  // of a folder with a slash at its end: so paths come in byte order
  FoundFile file;
};

class FolderScan {
 public:
  FolderScan(const fs::path& root, const ScanRange& range, const ScanVisitor& visitor)
      : root_(root), range_(range), visitor_(visitor) {}

  void visit(const std::string& folder) {
    std::vector<Entry> entries = list(folder);
    std::sort(entries.begin(), entries.end(), [](const Entry& a, const Entry& b) { return a.name < b.name; });
    for (Entry& entry : entries) {
      if (!entry.name.ends_with('/')) {
        visitor_.file(entry.file);
      } else if (range_.deep) {
        entry.name.pop_back();
        visit(inside(folder, entry.name));
      }
    }
  }

 private:
  static std::string inside(const std::string& folder, const std::string& name) {
    return folder.empty() ? name : folder + '/' + name;
  }

  std::vector<Entry> list(const std::string& folder) {
    const fs::path path = folder.empty() ? root_ : root_ / folder;
    const std::unique_ptr<DIR, int (*)(DIR*)> open(::opendir(path.c_str()), &::closedir);
    std::vector<Entry> entries;
    if (!open) {
      visitor_.unreadable(folder, std::strerror(errno));
      return entries;
    }
    for (;;) {
      errno = 0;
      const dirent* entry = ::readdir(open.get());
      if (entry == nullptr) break;
      const std::string name = entry->d_name;
      if (name == "." || name == ".." || (!range_.hidden && name.starts_with('.'))) continue;
      add(::dirfd(open.get()), *entry, folder, entries);
    }
    if (errno != 0) visitor_.unreadable(folder, std::strerror(errno));
    return entries;
  }

  void add(int descriptor, const dirent& entry, const std::string& folder, std::vector<Entry>& entries) {
    const std::string name = entry.d_name;
    if (entry.d_type == DT_DIR) {
      entries.push_back({name + '/', {}});
      return;
    }
    const bool picture = is_image_name(name);
    if (!picture && entry.d_type != DT_UNKNOWN) return;
    struct stat link {
    }, target{};
    if (::fstatat(descriptor, entry.d_name, &link, AT_SYMLINK_NOFOLLOW) != 0) return;  // gone since it was listed
    if (S_ISDIR(link.st_mode)) {
      entries.push_back({name + '/', {}});
    } else if (picture) {
      // What a link leads to cannot always be reached; then reading it says why.
      const bool reached = !S_ISLNK(link.st_mode) || ::fstatat(descriptor, entry.d_name, &target, 0) == 0;
      const struct stat& info = S_ISLNK(link.st_mode) && reached ? target : link;
      if (!S_ISDIR(info.st_mode)) entries.push_back({name, found(inside(folder, name), info)});
    }
  }

  const fs::path root_;
  const ScanRange& range_;
  const ScanVisitor& visitor_;
};

}  // namespace

std::int64_t modified_of(const struct stat& info) {
  return static_cast<std::int64_t>(info.st_mtim.tv_sec) * 1'000'000'000 + info.st_mtim.tv_nsec;
}

void scan_folder(const fs::path& root, const ScanRange& range, const ScanVisitor& visitor) {
  FolderScan(root, range, visitor).visit(range.start);
}

void scan_list(const fs::path& list, const ScanVisitor& visitor) {
  LineReader reader(list, kLongestLine);
  std::vector<std::string> paths;
  while (const auto line = reader.next()) {
    if (line->too_long) throw_bad_input("{}: is no path", reader.place(*line));
    if (!line->text.empty()) paths.push_back((list.parent_path() / line->text).lexically_normal().string());
  }
  std::sort(paths.begin(), paths.end());
  paths.erase(std::unique(paths.begin(), paths.end()), paths.end());
  for (std::string& path : paths) {
    struct stat info {};
    if (::stat(path.c_str(), &info) == 0)
      visitor.file(found(std::move(path), info));
    else
      visitor.file({std::move(path), -1, 0});
  }
}

std::vector<FoundFile> scan_containers(const fs::path& source) {
  const auto look = [](const fs::path& path, std::string name) {
    struct stat info {};
    if (::stat(path.c_str(), &info) != 0) throw_bad_input("{}: {}", path.string(), std::strerror(errno));
    return found(std::move(name), info);
  };
  if (!fs::is_directory(source)) return {look(source, "")};
  for (const char* lmdb : {"data.mdb", "imgs/data.mdb"}) {
    if (fs::exists(source / lmdb)) return {look(source / lmdb, "")};
  }
  std::vector<FoundFile> files;
  for (const fs::path& file : tar_files_in(source)) files.push_back(look(file, file.filename().string()));
  return files;
}

SourceKind kind_of_source(const fs::path& path) {
  if (!fs::exists(path)) throw_bad_input("{}: no such file or folder", path.string());
  if (fs::is_directory(path)) {
    const bool lmdb = fs::exists(path / "data.mdb") || fs::exists(path / "imgs" / "data.mdb");
    return lmdb || !tar_files_in(path).empty() ? SourceKind::containers : SourceKind::folder;
  }
  const std::string name = path.filename().string();
  if (is_tar_name(name) || name.ends_with(".tsv")) return SourceKind::containers;
  if (name.ends_with(".txt")) return SourceKind::list;
  throw_bad_input("{}: is neither a folder, nor a list of paths (.txt), nor a tar file, nor an official .tsv",
                  path.string());
}

}  // namespace cnclip::search
