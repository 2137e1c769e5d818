// The part of the zip format that torch.save uses: stored entries, ZIP64.
#pragma once

#include <cstdint>
#include <map>
#include <string>

#include "base/file.h"

namespace cnclip {

struct ZipEntry {
  std::uint64_t offset = 0;  // of the content, in the file
  std::uint64_t size = 0;    // of the content as it lies there
  bool stored = true;        // not compressed
};

// Entries by name. Throws bad_input for encrypted entries, for a directory that disagrees with the entries it lists,
// for entries that share bytes, and for anything that lies outside the file.
std::map<std::string, ZipEntry> read_zip_directory(const MappedFile& file);

}  // namespace cnclip
