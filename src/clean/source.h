// The kinds of source, and what belongs to them.
#pragma once

#include <filesystem>
#include <memory>
#include <optional>
#include <vector>

#include "clean/rows.h"
#include "data/sources.h"

namespace cnclip::clean {

// A file of rows; an official folder, its rows and its pictures; or, with neither path, a data set of another form.
struct SourceFiles {
  std::filesystem::path rows;
  std::optional<std::filesystem::path> pictures;
  std::shared_ptr<const Dataset> dataset;

  bool has_pictures() const { return pictures || dataset; }
  std::unique_ptr<RowSource> open() const;
  std::unique_ptr<ImageSource> images() const;  // where there are pictures
  std::vector<std::filesystem::path> files() const;
};

// Throws bad_input when a file is missing, and for a data set that has addresses instead of pictures.
SourceFiles source_files(const std::filesystem::path& source, const std::string& split);

}  // namespace cnclip::clean
