#include "clean/source.h"

#include "base/error.h"
#include "data/formats/tar_samples.h"

namespace cnclip::clean {

namespace fs = std::filesystem;

std::unique_ptr<RowSource> SourceFiles::open() const {
  if (dataset) return open_pairs(*dataset);
  return pictures ? open_pairs(rows) : open_rows(rows);
}

std::unique_ptr<ImageSource> SourceFiles::images() const {
  return dataset ? dataset->images() : open_images(*pictures);
}

std::vector<fs::path> SourceFiles::files() const {
  if (dataset) return dataset->files();
  return pictures ? std::vector{rows, *pictures} : std::vector{rows};
}

SourceFiles source_files(const fs::path& source, const std::string& split) {
  if (!fs::exists(source)) throw_bad_input("{}: no such file or folder", source.string());
  const bool holds_samples = is_tar_name(source.filename().string()) || source.extension() == ".json";
  if (!fs::is_directory(source) && !holds_samples) return {source, {}, {}};
  const fs::path rows = source / (split + "_texts.jsonl"), pictures = source / (split + "_imgs.tsv");
  if (fs::exists(rows) && fs::exists(pictures)) return {rows, pictures, {}};

  std::shared_ptr<const Dataset> dataset = open_dataset(source, split);
  if (const auto first = dataset->images()->next(); first && is_address(*first)) {
    throw_bad_input("{}: has addresses instead of pictures; clean its table of captions, as a file", source.string());
  }
  return {{}, {}, std::move(dataset)};
}

}  // namespace cnclip::clean
