// What lies in a source now: names, sizes and times of files; nothing is opened.
#pragma once

#include <sys/stat.h>

#include <filesystem>
#include <functional>
#include <string>

#include "search/library/picture.h"

namespace cnclip::search {

// Nanoseconds since 1970.
std::int64_t modified_of(const struct stat& info);

struct ScanVisitor {
  // Pictures by their extension, in the byte order of their paths.
  std::function<void(const FoundFile&)> file;
  // A folder (by its path below the root; "" is the root) that could not be listed, or not to its end. What is known
  // of it may still be there. Comes before what lies in it.
  std::function<void(const std::string& folder, const std::string& reason)> unreadable;
};

struct ScanRange {
  std::string start;    // begin at this folder below the root; "": the root
  bool deep = true;     // and all below it
  bool hidden = false;  // what begins with a dot, too
};

// Links to files are followed, links to folders are not: so there are no loops. Names may be any bytes.
void scan_folder(const std::filesystem::path& root, const ScanRange& range, const ScanVisitor& visitor);

// Paths of a list (one a line, relative to the list's folder), absolute, each once. Throws bad_input when the list
// cannot be read.
void scan_list(const std::filesystem::path& list, const ScanVisitor& visitor);

// The files that hold the pictures of a source of containers: tar files in a folder (by name), or the source itself
// (""). Throws bad_input when it cannot be looked at.
std::vector<FoundFile> scan_containers(const std::filesystem::path& source);

// How to look at a path that somebody wants indexed. Throws bad_input where it is nothing of the kind.
SourceKind kind_of_source(const std::filesystem::path& path);

}  // namespace cnclip::search
