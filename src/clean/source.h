// The two kinds of source, and the files that belong to them.
#pragma once

#include <filesystem>
#include <memory>
#include <optional>

#include "clean/rows.h"

namespace cnclip::clean {

struct SourceFiles {
  std::filesystem::path rows;
  std::optional<std::filesystem::path> pictures;  // official ones only

  std::unique_ptr<RowSource> open() const { return pictures ? open_pairs(rows) : open_rows(rows); }
};

// Throws bad_input when a file is missing.
SourceFiles source_files(const std::filesystem::path& source, const std::string& split);

}  // namespace cnclip::clean
